"""Keys of the large clouds, told by their form. An AWS secret alone has none: the key that it stands under tells it."""

from rules.masking.rule import END, START, by_form

__all__ = ["RULES"]

RULES = (
    by_form(  # ids, and the secret where it stands beside: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
        "aws_key",
        r"A(?:KI|SI|BI|CC|3T)[A-Z0-9]{7}",
        rf"{START}A(?:KI|SI|BI|CC)A[A-Z0-9]{{16}}{END}"
        r"""(?:[\s"',:;|/&]{1,4}(?:(?:aws_)?secret(?:_access)?(?:_key)?[\s"':=]{1,4})?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=]))?""",
    ),
    by_form("aws_key", r"amzn\.mws\.[0-9a-f]", rf"{START}amzn\.mws\.[0-9a-f\-]{{30,}}+"),
    by_form("aws_key", r"ABSK[A-Za-z0-9+/]{12}", rf"{START}ABSK[A-Za-z0-9+/]{{80,}}+={{0,2}}"),
    by_form(  # query parameters of presigned URLs
        "aws_key",
        r"(?i)X-(?:Amz|Goog|Oss)-(?:Signature|Security-Token|Credential)(?:=|%3D)[^\[\x00]",
        r"(?i:X-(?:Amz|Goog|Oss)-(?:Signature|Security-Token|Credential)(?:=|%3D))(?P<secret>[\w%/+\-.~=]{8,}+)",
    ),
    by_form(
        "google_key",
        r"AIza[\w-]{6}|ya29\.[\w-]{6}|GOCSPX-[\w-]{6}|1//0[\w-]{8}",
        rf"{START}(?<![_\-])(?:AIza[\w\-]{{35,}}+|ya29\.[\w\-.]{{20,}}+|GOCSPX-[\w\-]{{20,}}+|1//0[\w\-]{{30,}}+)",
    ),
    by_form(  # https://learn.microsoft.com/azure/storage/common/storage-sas-overview
        "azure_key",
        r"[?&;]sig=[A-Za-z0-9%+/]{8}",
        r"(?<=[?&;])sig=(?P<secret>[A-Za-z0-9%+/]{20,}+=*+)",
    ),
    by_form(
        "azure_key",
        r"\dQ~[\w~.-]{8}",
        rf"{START}(?<![_~.\-])[A-Za-z0-9_~.]{{3}}\dQ~[\w~.\-]{{31,34}}(?![\w~\-])",
    ),
    by_form(
        "alibaba_key",
        r"LTAI[A-Za-z0-9]{8}",
        rf"{START}LTAI[A-Za-z0-9]{{12,26}}+{END}",
    ),
    by_form("tencent_key", r"AKID[A-Za-z0-9]{8}", rf"{START}AKID[A-Za-z0-9]{{32,40}}+{END}"),
    by_form("digitalocean_token", r"do[opr]_v1_[0-9a-f]", rf"{START}do[opr]_v1_[0-9a-f]{{32,}}+"),
    by_form("heroku_key", r"HRKU-[\w-]{8}", rf"{START}HRKU-[\w\-]{{30,}}+"),
    by_form("cloudflare_key", r"v1\.0-[0-9a-f]{12}", rf"{START}v1\.0-[0-9a-f]{{24}}-[0-9a-f]{{100,}}+"),
)
