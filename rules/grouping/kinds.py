"""The kinds of parameters, in the order in which they are looked for, as RE2 has them; a kind of KEPT is none."""

__all__ = ["FOREIGN", "KEPT", "KINDS"]

_TOP_DOMAINS = (
    "com|net|org|edu|gov|mil|int|io|dev|app|cloud|local|internal|lan|test|invalid|localhost|de|uk|fr|eu|ru|ch|us|nl|jp|co"
    "|at|au|be|biz|br|ca|cn|cz|dk|es|fi|gr|hu|ie|il|in|info|it|kr|lt|lv|me|mx|no|nz|online|pl|pt|ro|se|sg|shop|si|site|sk"
    "|store|tech|tr|tv|tw|ua|xyz|za|svc|consul|corp|home"
)
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_CLOCK = (
    r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?(?:\s?[AaPp][Mm])?"
    r"(?:\s?(?:Z|UTC|GMT|[A-Z]{2,4}T)\b|\s?(?:GMT)?[+-]\d{2}:?\d{2}\b)?"
)
_UNIT = (
    "ns|us|µs|μs|ms|msecs?|millis|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w"
    "|Sekunden?|Minuten?|Stunden?|Tage?n?"
)
_SIZE = "[kKMGTP]i?[Bb]|[Bb]ytes?|B|octets"
_STATUS = "[Ss]tatus(?:[ _-]?[Cc]ode)?|HTTP(?:/[0-9.]{1,3})?|statusCode|http_status"

KEPT = frozenset({"code", "name", "status"})

FOREIGN = frozenset({"local_date", "foreign_number"})  # only in texts beyond ASCII

KINDS = {
    # What looks like a parameter and says what the error is.
    "status": rf"\b(?:{_STATUS})(?: error|\s?[:=]|\s?\(|\s?\[)?\s{{0,2}}[1-5]\d\d\b",
    "code": (
        r"\b(?:ORA|PLS|TNS|CVE|SQL|DB2|MSB|NU|NETSDK|AADSTS|KB|DPY|HY|RFC|ISO|IEEE|ERR)[- _]?\d{2,7}(?:-\d{1,6})*\b"
        r"|\bSQLSTATE\s?[\[(:=]?\s?[0-9A-Z]{5}\b|\b[Ee]rrno:?\s?\d{1,3}\b|\b[A-Z][A-Z]{0,5}\d{3,5}\b"
    ),
    "name": (
        r"\bx86[-_]64\b|\b(?:utf|UTF)[-_]?(?:7|8|16|32)(?:[LB]E|le|be)?\b|\b(?:sha|SHA|md|MD)[-_]?\d{1,3}\b"
        r"|\b(?:ISO|iso|windows|cp)[-_]?\d{3,5}(?:-\d{1,2})?\b|\b(?:ipv|IPv|v|http|h|HTTP|HTTP/|http/|TLSv?|tls|SSLv?)[1-9](?:\.\d)?\b"
        r"|\b(?:base|int|uint|float|amd|arm|x|i|u|f|win)(?:8|16|32|64|86|128)\b|\b(?:s3|S3|ec2|EC2|oauth2|OAuth2|log4j2?|k8s|p\d\d)\b"
    ),
    "email": r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "url": r"\b(?:[A-Za-z][A-Za-z0-9+.-]{1,20}):(?://)[^\s'\"<>,;()\[\]{}]+",
    "arn": r"\barn:[a-z-]{3,12}:[A-Za-z0-9-]*:[^\s'\",;()\[\]{}]+",
    "traceparent": r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b",
    "uuid": r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
    "host": rf"\b(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:{_TOP_DOMAINS})\b(?:\.(?:{_TOP_DOMAINS})\b)?",
    "ip": r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    "mac": r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b",
    "ipv6": (
        r"(?:\b[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b"
        r"|(?:\b[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}\b){1,6}"
    ),
    "sha1": r"\b[0-9a-f]{40}\b",
    "md5": r"\b[0-9a-f]{32}\b",
    "date": (
        rf"\b\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[T_ ]{_CLOCK})?"
        rf"|\b(?:{_DAY},?\s)?(?:\d{{1,2}}[\s-]{_MONTH}[\s-]\d{{2,4}}|{_MONTH}\s{{1,2}}\d{{1,2}}(?:,?\s\d{{4}})?)(?:,?\s{_CLOCK})?(?:\s\d{{4}})?\b"
        rf"|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{4}}(?:,?\s{_CLOCK})?"
        r"|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?|\b\d{8}T\d{6}(?:\.\d{1,9})?Z?\b"
    ),
    "local_date": (
        r"\b\d{1,2}\.?\s(?:de\s)?\p{L}{3,10}\.?\s(?:de\s)?(?:19|20)\d{2}\b"
        r"|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
    ),
    "python_date": r"\bdatetime\.(?:datetime|date|time)\([^()]{0,100}\)",
    "path": r"(?:\B|[A-Za-z]:|~)/(?:[\w.@%+~=:-]+/)+[\w.@%+~=-]*|\B/[\w.@%+~=-]*\d[\w.@%+~=-]*",
    "windows_path": r"\b[A-Za-z]:\\(?:[^\\\s'\"<>|:*?]+\\)*[^\\\s'\"<>|:*?,;]*|\\\\[\w.-]+(?:\\[\w.$-]+)+",
    "version": r"\bv?\d+\.\d+\.\d+(?:[.+-][0-9A-Za-z.+-]*[0-9A-Za-z])?\b",
    "duration": rf"\b\d+(?:[.,]\d+)?\s?(?:{_UNIT})(?:\s?\d+(?:{_UNIT}))*\b",
    "size": rf"\b\d+(?:[.,]\d+)*\s?(?:{_SIZE})\b",
    "at_hex": r"@[0-9a-f]{4,16}\b",
    "pod": r"-[0-9a-f]{6,10}-[0-9a-z]{5}\b",
    "aws_id": r"\b[a-z]{1,9}-[0-9a-f]{8}(?:[0-9a-f]{9})?\b",
    "hex": r"\b0[xX][0-9a-fA-F]+\b|\b[0-9a-f]{7,128}\b",
    "upper_hex": r"\b[0-9A-F]{7,128}\b",
    "word": r"\b[A-Za-z0-9][A-Za-z0-9_-]{14,200}\b",
    "big_number": r"-?\b\d{1,3}(?:[,.'\x{2019}\x{a0}\x{202f} ]\d{3})+(?:[.,]\d{1,9})?\b",
    "float": r"-\d+[.,]\d+(?:[eE][+-]?\d+)?\b|\b\d+[.,]\d+(?:[eE][+-]?\d+)?\b",
    "ordinal": r"\b\d+(?:st|nd|rd|th)\b",
    "number_of": r"\b[A-Za-z]+[_-]\d+\b",
    "int": r"-\d+\b|\b\d+\b",
    "foreign_number": r"[\p{Nd}]*[^\x00-\x7f\P{Nd}][\p{Nd}]*",
    "quoted": r"=(?:'[^'\n]*'|\"[^\"\n]*\")",
    "bool": r"=(?:[Tt]rue|[Ff]alse|TRUE|FALSE)\b",
    "named": r"=(?:[Nn]one|[Nn]ull|NULL|[Nn]il|undefined)\b",
}
