"""Tokens that vendors begin with a sign of their own, so that leaked ones are found: prefix, then enough characters.

The prefixes are those that gitleaks and detect-secrets know and those of the vendors' own documents. Lengths are lower
bounds: vendors lengthen their tokens now and then.
"""

from rules.masking.rule import END, START, ValueRule, by_form

__all__ = ["RULES"]


def _prefixed(name: str, *forms: tuple[str, str, int]) -> ValueRule:
    """A rule for `(prefix, set of characters, at least so many of them)`."""
    gate = "|".join(f"(?:{prefix})[{chars}]{{{min(least, 6)}}}" for prefix, chars, least in forms)
    exact = "|".join(f"(?:{prefix})[{chars}]{{{least},}}+" for prefix, chars, least in forms)
    return by_form(name, gate, f"{START}(?:{exact})", near="|".join(prefix for prefix, _, _ in forms))


_WORD = r"\w\-"
_ALNUM = "A-Za-z0-9"
_HEX = "0-9a-f"


def _mixed(text: str) -> bool:
    """Whether letters of both cases and a digit are in it: no identifier of a program has the odds against it."""
    return any(map(str.isdigit, text)) and any(map(str.isupper, text)) and any(map(str.islower, text))


RULES = (
    _prefixed("github_token", ("gh[opsur]_", _ALNUM, 20), ("github_pat_", r"\w", 22)),
    _prefixed(
        "gitlab_token",
        ("gl(?:pat|dt|rt|cbt|ptt|oas|soat|agent|ft|imt|ffct|rtr)-", r"\w\-.", 20),
        ("GR1348941", _WORD, 20),
    ),
    _prefixed("atlassian_token", ("AT(?:ATT|CTT|STT)3x?", r"\w=\-", 40), ("ATBB", _ALNUM, 24)),
    by_form(
        "slack_token",
        r"xox[a-z]-[\w-]{6}|xox[a-z]\.xox|xapp-[\w-]{6}|hooks\.slack\.com/[a-z]",
        rf"{START}(?:xox[a-z](?:\.xox[a-z])?-[\w\-]{{10,}}+|xapp-[\w\-]{{10,}}+)"
        r"|(?<=hooks\.slack\.com/)[a-z]+/[\w/\-]{8,}+",
    ),
    _prefixed("stripe_key", ("[prs]k_(?:live|test|prod)_", r"\w", 10), ("whsec_", r"\w+/=", 16)),
    by_form("twilio_key", r"SK[0-9a-f]{8}", rf"{START}SK[0-9a-f]{{32}}{END}"),
    by_form("sendgrid_key", r"SG\.[\w-]{8}", rf"{START}SG\.[\w\-]{{16,}}+\.[\w\-]{{16,}}+"),
    by_form(
        "mailgun_key",
        r"key-[0-9a-f]{8}|[0-9a-f]-[0-9a-f]{8}-[0-9a-f]{8}",
        rf"{START}(?<![_\-])(?:(?:pub)?key-[0-9a-f]{{32}}|[0-9a-f]{{32}}-[0-9a-f]{{8}}-[0-9a-f]{{8}}){END}(?!-)",
    ),
    by_form("mailchimp_key", r"[0-9a-f]-us\d", rf"{START}[0-9a-f]{{32}}-us\d{{1,2}}{END}"),
    _prefixed("npm_token", ("npm_", _ALNUM, 30)),
    _prefixed("pypi_token", ("pypi-", _WORD, 50)),
    _prefixed("docker_token", ("dckr_(?:pat|oat)_", _WORD, 20)),
    by_form(
        "openai_key",
        r"sk-[\w-]{8}",
        rf"{START}sk-(?!ant-)(?=[\w\-]{{0,200}}\d)[\w\-]{{32,}}+",
    ),
    _prefixed("anthropic_key", ("sk-ant-", _WORD, 20)),
    by_form("telegram_token", r"\d:AA[\w-]{8}", rf"{START}\d{{6,12}}:AA[\w\-]{{32,35}}+"),
    by_form(
        "discord_token",
        r"\.[\w-]{6}\.[\w-]{20}|mfa\.[\w-]{20}|discord(?:app)?\.com/api/webhooks/\d",
        rf"{START}(?<![_\-.])(?:[MNO][\w\-]{{23,27}}\.[\w\-]{{6}}\.[\w\-]{{27,40}}+|mfa\.[\w\-]{{80,}}+)"
        r"|(?<=discord\.com/api/webhooks/)\d+/[\w\-]{20,}+|(?<=discordapp\.com/api/webhooks/)\d+/[\w\-]{20,}+",
    ),
    _prefixed("shopify_token", ("shp(?:at|ca|pa|ss|tka|rt)_", "0-9a-fA-F", 24)),
    _prefixed("square_token", ("sq0(?:atp|csp|idp)-", _WORD, 22), ("EAAA", _WORD, 56)),
    by_form(
        "vault_token",
        r"hv[sbr]\.[\w-]{8}|s\.[A-Za-z0-9]{24}",
        rf"{START}(?<![_\-.])(?:hv[sbr]\.[\w\-]{{20,}}+|s\.(?P<old>[A-Za-z0-9]{{24}}){END})",
        lambda match, code: match["old"] is None or _mixed(match["old"]),  # noqa: ARG005 one signature for all
    ),
    by_form("terraform_token", r"\.atlasv1\.[\w-]{8}", rf"{START}[A-Za-z0-9]{{14}}\.atlasv1\.[\w\-=]{{40,}}+"),
    _prefixed("databricks_token", ("dapi", _HEX, 32), ("dose", _HEX, 32)),
    _prefixed("datadog_key", ("dd(?:pat|app|api)_", _ALNUM, 30)),
    by_form(
        "newrelic_key",
        r"NR(?:AK|II|JS|RA|IQ)-[A-Za-z0-9_-]{8}|[0-9a-f]NRAL",
        rf"{START}(?:NR(?:AK|II|JS|RA|IQ)-[\w\-]{{16,}}+|[0-9a-f]{{32,40}}NRAL{END})",
    ),
    _prefixed("seawall_key", ("sws_", _HEX, 32)),
    _prefixed("sentry_token", ("sntry[su]_", r"\w+/=\-.", 20), ("sntrya_", _HEX, 40)),
    by_form("okta_token", r"SSWS(?: |%20)[\w-]{8}", rf"{START}SSWS(?:\ |%20){{1,3}}(?P<secret>[\w\-]{{16,}}+)"),
    _prefixed("linear_key", ("lin_(?:api|oauth)_", _ALNUM, 32)),
    _prefixed("notion_token", ("ntn_", _ALNUM, 36), ("secret_", _ALNUM, 43)),
    _prefixed("grafana_token", ("glsa_", r"\w", 32), ("glc_", r"A-Za-z0-9+/=", 32)),
    _prefixed("huggingface_token", ("hf_", _ALNUM, 30), ("api_org_", _ALNUM, 30)),
    by_form(
        "airtable_token",
        r"pat[A-Za-z0-9]{14}\.[0-9a-f]{8}",
        rf"{START}pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}{END}",
    ),
    by_form(
        "webhook",  # whoever knows such an address may write there
        r"webhook\.office\.com/webhookb2/|outlook\.office\.com/webhook/|hooks\.zapier\.com/hooks/|maker\.ifttt\.com/",
        r"(?<=/webhookb2/)[\w@/\-]{20,}+|(?<=office\.com/webhook/)[\w@/\-]{20,}+|(?<=zapier\.com/hooks/)[\w/\-]{8,}+"
        r"|(?<=maker\.ifttt\.com/)trigger/[\w/\-]{8,}+",
    ),
    _prefixed(
        "api_key",  # the many that have no rule of their own
        ("dt0[a-z][0-9]{2}\\.", r"A-Z0-9.", 60),  # Dynatrace
        ("pul-", _HEX, 40),
        ("dp\\.(?:pt|st|ct|sa|scim|audit)\\.", r"\w.\-", 36),  # Doppler
        ("rubygems_", _HEX, 40),
        ("PMAK-", r"0-9a-f\-", 40),  # Postman
        ("pscale_(?:tkn|pw|oauth)_", r"\w.=\-", 30),  # PlanetScale
        ("pnu_", _ALNUM, 36),  # Prefect
        ("rdme_", _ALNUM, 60),
        ("r8_", _ALNUM, 36),  # Replicate
        ("pplx-", _ALNUM, 40),
        ("gsk_", _ALNUM, 48),  # Groq
        ("xai-", _ALNUM, 60),
        ("figd_", _WORD, 36),
        ("sbp_", _HEX, 40),  # Supabase
        ("sb_secret_", _WORD, 20),
        ("nfp_", _ALNUM, 32),  # Netlify
        ("fo1_", _WORD, 40),
        ("fm[12][ar]?_", r"A-Za-z0-9+/=", 80),  # Fly.io
        ("x(?:keysib|smtpsib)-", r"0-9a-zA-Z\-", 60),  # Brevo
        ("EZ[AT]K", _ALNUM, 50),  # EasyPost
        ("shippo_(?:live|test)_", _HEX, 36),
        ("FLWSECK(?:_TEST)?-", r"0-9a-zA-Z\-", 12),  # Flutterwave
        ("access_token\\$(?:production|sandbox)\\$", r"0-9a-z$", 40),  # Braintree
        ("EAA[A-Z]", _ALNUM, 80),  # Facebook
        ("tfp_", r"\w.=\-", 40),  # Typeform
        ("(?:sdk|mob)-", r"0-9a-f\-", 36),  # LaunchDarkly
        ("sq[apu]_", _HEX, 40),  # SonarQube
        ("CCIP(?:AT|RJ)_", _WORD, 40),  # CircleCI
        ("bk[a-z]{2}_", _HEX, 40),  # Buildkite
        ("AKCp", _ALNUM, 60),
        ("cmVmd", _ALNUM, 55),  # JFrog
        ("oy2", "a-z0-9", 43),  # NuGet
        ("API-", "A-Z0-9", 26),  # Octopus Deploy
        ("ops_eyJ", r"A-Za-z0-9+/=", 60),  # 1Password
        ("A3-[A-Z0-9]{6}-", r"A-Z0-9\-", 27),
        ("sgp_", r"0-9a-zA-Z_", 40),  # Sourcegraph
        ("tskey-", r"\w\-", 20),  # Tailscale
        ("pcsk_", r"\w", 40),  # Pinecone
        ("lsv2_(?:pt|sk)_", r"\w", 32),  # LangSmith
        ("phx_", _ALNUM, 40),  # PostHog
        ("access-(?:sandbox|development|production)-", r"0-9a-f\-", 36),  # Plaid
        ("CFPAT-", _WORD, 40),  # Contentful
        ("CLOJARS_", "a-z0-9", 50),
        ("fio-u-", _WORD, 50),  # Frame.io
        ("pat-(?:na|eu)[0-9]-", r"0-9a-f\-", 36),  # HubSpot
        ("(?:sk|tk)\\.eyJ", r"\w.\-", 40),  # Mapbox
        ("cio", _ALNUM, 32),  # crates.io
        ("ico-", _ALNUM, 32),  # Infracost
        ("sha256~", _WORD, 40),  # OpenShift
        ("sm_[aps]at_", _ALNUM, 16),  # SettleMint
        ("wandb_v1_", r"\w", 30),
        ("duffel_(?:live|test)_", _WORD, 40),
        ("live_", r"a-zA-Z0-9_\-", 40),  # GoCardless
        ("p8e-", "a-zA-Z0-9", 32),  # Adobe
        ("rnd_", _ALNUM, 28),  # Render
        ("vercel_blob_rw_", r"\w", 20),
        ("dnkey-", _WORD, 60),  # Defined Networking
    ),
    by_form(
        "api_key",
        r"[0-9a-zA-Z]_mmk|[0-2]/\d{12}|(?:pat|sat)\.[\w-]{8}",
        rf"{START}(?:[A-Za-z0-9]{{6}}_[A-Za-z0-9]{{29}}_mmk|[0-2]/\d{{12,}}+(?:/\d++)?:[0-9a-f]{{32}}"  # MaxMind, Asana
        rf"|(?:pat|sat)\.[\w\-]{{22}}\.[A-Za-z0-9]{{24}}\.[A-Za-z0-9]{{20}}){END}",  # Harness
    ),
)
