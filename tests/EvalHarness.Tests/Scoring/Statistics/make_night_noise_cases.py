"""Prints the deviates of NightNoiseTests by scipy's minimizer.

Arguments of a case: changes of one row seen, pairs of nights, rows, difference of the means in rows, nights before and after it.
"""
import math

from scipy.optimize import minimize_scalar


def deviate(changes, pairs, rows, units, before, after):
    variance = (changes + 4) / (2 * pairs)
    rate = (1 - math.sqrt(1 - 4 * min(0.25, variance / rows))) / 2

    def cumulants(tilt):
        return rows * (math.log1p(rate * math.expm1(tilt)) - rate * tilt)

    def exponent(sign):
        def negative(tilt):
            return after * cumulants(sign * tilt / after) + before * cumulants(-sign * tilt / before) - tilt * units

        return -minimize_scalar(negative, bounds=(0, 60 * min(before, after)), method="bounded", options={"xatol": 1e-10}).fun

    normal = units / math.sqrt(variance * (1 / before + 1 / after))
    return min(normal, math.sqrt(2 * min(exponent(1), exponent(-1))))


for case in [(2, 13, 20, 2, 7, 7), (2, 13, 20, 2, 13, 1), (8, 13, 100, 8, 13, 1), (416, 13, 100, 8, 7, 7), (130, 13, 20, 4.5, 7, 7),
             (16, 89, 300, 2, 88, 2), (16, 89, 300, 1.5, 45, 45), (400000, 89, 14042, 150, 30, 60)]:
    print(case, deviate(*case))
