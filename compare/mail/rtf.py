"""Bodies that are kept in RTF, by readers from PyPI: compressed-rtf and RTFDE."""

import logging

try:
    from compressed_rtf import decompress
    from RTFDE.deencapsulate import DeEncapsulator
    from RTFDE.exceptions import MalformedEncapsulatedRtf, NotEncapsulatedRtf
except ImportError:
    DeEncapsulator = None


def bodies(packed):
    """{"text" or "html": what is encapsulated}, {"native": True}, or {"unread": why}."""
    if DeEncapsulator is None:
        return {"unread": "the packages are not installed"}
    logging.disable(logging.CRITICAL)
    try:
        found = DeEncapsulator(decompress(packed))
        found.deencapsulate()
    except NotEncapsulatedRtf:
        return {"native": True}
    except (MalformedEncapsulatedRtf, Exception) as error:
        return {"unread": f"{type(error).__name__} {error}"}
    content = found.content
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return {found.content_type: text}
