using System.Reflection;
using EvalHarness.Tests.Reports;
using EvalHarness.Tests.Sandbox;
using Xunit.Sdk;

namespace EvalHarness.Tests;

/// <summary>The fast part of the suite has no test that needs a browser or the whole machine.</summary>
public sealed class SuiteTests
{
    private static bool IsSlow(MemberInfo member) => TraitHelper.GetTraits(member).Any(t => t is { Key: "Speed", Value: "slow" });

    [Fact]
    public void Tests_WithABrowserOrTheWholeMachine_AreMarkedSlow()
    {
        MethodInfo[] tests = [.. typeof(SuiteTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()).Where(
            m => m.GetCustomAttribute<FactAttribute>() is not null)];
        MethodInfo[] heavy =
        [
            .. tests.Where(m => m.GetCustomAttribute<BrowserFactAttribute>() is not null
                || m.DeclaringType!.GetCustomAttributesData().Any(
                    a => a.AttributeType == typeof(CollectionAttribute) && nameof(Alone).Equals(a.ConstructorArguments[0].Value))),
        ];
        Assert.NotEmpty(heavy);
        Assert.Empty(heavy.Where(m => !IsSlow(m) && !IsSlow(m.DeclaringType!)).Select(m => $"{m.DeclaringType!.Name}.{m.Name}"));
    }

    /// <summary>A mistyped trait would quietly move a test into the other part.</summary>
    [Fact]
    public void Traits_AreSpeedSlowAlone()
    {
        IEnumerable<MemberInfo> members = typeof(SuiteTests).Assembly.GetTypes().SelectMany(
            t => (IEnumerable<MemberInfo>)[t, .. t.GetMethods()]);
        Assert.Equal(["Speed=slow"], members.SelectMany(TraitHelper.GetTraits).Select(t => $"{t.Key}={t.Value}").Distinct());
    }
}
