"""Which items are asked in the test and which may be learned from: decided by a hash of the item alone, so that no item is both."""
import hashlib


def is_test(*parts, share=16):
    """Whether an item, given by all that it says, is among the one in `share` that belong to the test."""
    digest = hashlib.sha256("\x1f".join(str(p) for p in parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") % share == 0
