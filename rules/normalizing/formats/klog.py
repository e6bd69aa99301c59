"""klog and glog, of Kubernetes and of Google's libraries: `E0102 03:04:05.123456    17 file.go:123] message`.

https://github.com/kubernetes/community/blob/master/contributors/devel/sig-instrumentation/logging.md
https://github.com/google/glog#severity-levels
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.go_errors import put_go_error
from rules.normalizing.headed import Head, headed, read_head
from rules.normalizing.logged import LOGGED, put_extra
from rules.normalizing.named import read_named
from rules.normalizing.pairs import read_pairs
from rules.stacktraces.in_app import language_of

__all__ = ["FORMAT"]

# glog may write the whole year: E20250102 …
_HEADER = re.compile(
    r"(?P<level>[IWEF])(?:\d{4})?(?P<time>\d{4} \d\d:\d\d:\d\d\.\d{1,9}) {1,8}(?P<pid>\d{1,10})"
    r" (?P<place>[^\s\]]{1,200}:\d{1,7})\] ?"
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){0,8192})"')
_NAMES = Names({"logger": "logger", "hostname": "node nodeName"}, LOGGED)


def _read(found: Head, text: str, remarks: Remarks) -> Draft:
    draft = read_head(found, text)
    if language := language_of(draft.get("source_file")):
        draft["language"] = language
    message = _QUOTED.match(text, found.end())
    if message is not None:
        pairs, rest = read_pairs(text, message.end())
        values = {name: value for name, value in pairs.items() if name != "err"}
        told = read_named(values, _NAMES, remarks)
        draft["extra"] = {**told.pop("extra", {}), **draft.get("extra", {})}
        draft = {**told, **draft, "message": message[1].replace('\\"', '"')}
        put_go_error(draft, pairs.get("err"))
        if rest.strip():
            put_extra(draft, "after", rest.strip())
    return draft


FORMAT = headed("klog", "IWEF", _HEADER.match, _read)
