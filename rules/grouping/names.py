"""Names without what compilers and runtimes make up: numbers of lambdas, addresses, type arguments, hashes.

Each language's rules apply to its own frames only, so that no name of one is read as another's.
"""

import re
from functools import lru_cache

from rules.grouping.brackets import without, without_arguments
from rules.grouping.families import families

__all__ = ["NAMELESS", "clean_function", "clean_module", "clean_type"]

_CACHED = 16_384  # names come again and again
NAMELESS = "?"

_Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> _Rules:
    return tuple((re.compile(pattern), by) for pattern, by in pairs)


_ANY = _rules(
    (r"0x[0-9a-fA-F]+|@[0-9a-f]{4,16}\b", ""),  # addresses
)
_JVM = _rules(
    (r"\$\$(?:Lambda|EnhancerBy|FastClassBy|SpringCGLIB|KeyFactoryBy).*", "$$"),  # proxies made at run time
    (r"_\$\$_.*|\$HibernateProxy(?:\$.*)?|\$ByteBuddy\$.*|\$MockitoMock\$.*|\$\$_javassist.*", "$$"),
    (r"_(?:ClientProxy|Subclass)$", ""),  # Quarkus
    (r"\$Proxy\d+", "$Proxy"),
    (r"Generated(Method|Constructor|SerializationConstructor)Accessor\d+", r"Generated\1Accessor"),
    (r"(Generated\w{0,80}?)\d+\b", r"\1"),  # Janino, Spark
    (r"LambdaForm\$\w+(?:/.*)?", "LambdaForm"),
    (r"\$anonfun\$(?:\$nestedInanonfun\$)?(\w+)\$\d+(?:\$adapted)?", r"\1"),  # Scala
    (r"\$\$anonfun\$(\w+).*|\$\$anonfun\b.*", r"$\1"),
    (r"\$mc[A-Z]{1,4}\$sp$|\$(?:extension|adapted|default\$\d+)$", ""),
    (r"lambda\$(\w+)\$\d+", r"lambda$\1"),  # Java
    (r"(\w+)\$lambda(?:[$-]\d+)*", r"lambda$\1"),  # Kotlin, from 1.5 on
    (r"\$\$inlined\$\w+(?:\$\d+)?|\$default$|\$suspendImpl$", ""),
    (r"^access\$\d+$", "access$"),
    (r"^access\$(?=\D)", ""),
    (r"-impl$|-[a-zA-Z0-9_]{7}$", ""),  # functions with value classes: name-hash
    (r"_(?:run_)?closure\d+(?:_closure\d+)*", "_closure"),  # Groovy
    (r"^this\$dist\$\w+\$\d+$", "this$dist"),
    (r"\b[Ss]cript\d+(?=$|\.groovy)", "Script"),
    (r"\b(fn|eval|reify|iter|invoke)__\d+(?:__auto__)?(?:\$\d+)?|\b(eval)\d+", r"\1\2"),  # Clojure
    (r"\$\d+(?=$|[$.])", "$"),  # anonymous classes
)
_DOTNET = _rules(
    (r"<>c__DisplayClass\d+(?:_\d+)?|<>c(?:__\d+)?(?=$|[.`+])|<>f__AnonymousType\d+", "<>c"),
    (r"<(\w+)>g__(\w+)\|\d+(?:_\d+)*", r"\1.\2"),  # local functions
    (r"<(\w*)>[a-z]__\d+(?:_\d+)*(?:\.MoveNext)?", r"\1"),  # lambdas, async methods
    (r"lambda_method\d+", "lambda_method"),
    (r"`\d+|\[\[.*|\[[^\]]*\]", ""),  # arity and type arguments
    (r"\(.*", ""),
    (r"[+/]<>c(?=$|[.+/])", ""),
)
_NATIVE = _rules(
    (r"\(anonymous namespace\)|`anonymous[ -]namespace'|_GLOBAL__N_\d+|\{anonymous\}|\?A0x[0-9a-f]+", "{anon}"),
    (r"<lambda_[0-9a-f]+>|\$_\d+|\{lambda\([^)]*\)#\d+\}|'lambda\d*'(?:\([^)]*\))?", "{lambda}"),
    (r"\{(closure|closure_env|impl|shim|vtable\.shim)(?::\w+)?#\d+\}", r"{\1}"),  # Rust
    (r"::h[0-9a-f]{16}$|\.\d+$", ""),
    (r"\.(?:cold|part|isra|constprop|llvm|lto_priv|suspend|resume)(?:\.\d+)*\b|\s?\[clone [^\]]*\]|\[abi:\w+\]", ""),
    (r"^_{2}\d{1,4}([+-]\[.*\])_block_invoke(?:[._]\d+)*$", r"\1_block"),  # blocks of Objective-C
    (r"_block_invoke(?:[._]\d+)*$", "_block"),
    (r"closure #\d+", "closure"),  # Swift
    (r"^(?:@objc |static |specialized |merged |partial apply (?:forwarder )?for |dynamically |outlined )+", ""),
    (r"^(?:(?:generic )?specialization <[^>]*> of |reabstraction thunk helper (?:from|of) |protocol witness for )", ""),
    (r" in conformance .*", ""),
)  # fmt: skip
_RUST_ESCAPES = {
    "$LT$": "<", "$GT$": ">", "$u20$": " ", "$RF$": "&", "$LP$": "(", "$RP$": ")", "$C$": ",", "$BP$": "*",
    "$u7b$": "{", "$u7d$": "}", "$u5b$": "[", "$u5d$": "]", "$u27$": "'", "..": "::",
}  # fmt: skip
_RUST_ESCAPE = re.compile("|".join(re.escape(text) for text in _RUST_ESCAPES))
_GO = _rules(
    (r"\[[^\]]*\]", ""),  # type arguments
    (r"\.(?:func|gowrap|deferwrap)\d+(?:[.-](?:func)?\d+)*", ".func"),
    (r"\.glob\.\.", "."),
    (r"-fm$", ""),  # method values
    (r"\.init\.\d+", ".init"),
    (r"/v\d+(?=[./]|$)", ""),  # major versions of modules
)
_PYTHON = _rules((r"\.?<locals>\.?", "."), (r"^<(ipython-input)[^>]*>", r"<\1>"))
_RUBY = _rules(
    (r"^(?:block (?:\(\d+ levels\) )?|rescue |ensure )(?:in )?", ""),
    (r"___?\d{4,}_\d{4,}$", ""),  # templates
    (r"^.*[#.](?=[^#.]+$)", ""),  # Ruby 3.4 names the class as well
)
_PHP = _rules(
    (r"class@anonymous.*?(?=::|$)|(\w)@anonymous.*?(?=::|$)", r"\1class@anonymous"),
    (r"(?:^.*\\)?\{closure(?::[^}]*)?\}(?:#\d+)?", "{closure}"),
    (r"__TwigTemplate_[0-9a-f]{32,64}(?:___\d+)?", "__TwigTemplate"),
)
_JAVASCRIPT = _rules(
    (r" \[as [^\]]*\]$", ""),
    (r"(?:/<)+$", ""),  # Firefox: a function without a name within this one
    (r"^(?:async\*?|new|get|set) (?=\S)|^async\*", ""),
    (r"^(?:.*[./])(?=[^./]+$)", ""),  # only some browsers name the object
    (r"\$\d+$|_\d+$", ""),  # bundlers' second names
)
_ELIXIR = _rules((r"^-(.*)/\d+-(?:fun|lc|blc)\$?\^?[\d/]*-\d+-$", r"\1"), (r"^anonymous fn/\d+ in ", ""))
_DART = _rules((r"@\d{5,}", ""), (r"<anonymous closure>", "{closure}"), (r"\.?\{closure\}", ".{closure}"))

_OTHER = (  # of a language that is not known: what can be nothing else
    *_JVM[:5],
    *_rules(
        (r"\$anonfun\$(\w+)\$\d+", r"\1"),
        (r"lambda\$(\w+)\$\d+", r"lambda$\1"),
        (r"\$\d+(?=$|[$.])", "$"),
        (r"::h[0-9a-f]{16}$", ""),
        (r"\.func\d+(?:\.\d+)*", ".func"),
        (r"<(\w+)>[a-z]__\d+(?:_\d+)*(?:\.MoveNext)?", r"\1"),
        (r"^(?:block (?:\(\d+ levels\) )?|rescue |ensure )in ", ""),
        (r"closure #\d+", "closure"),
        (r"class@anonymous.*", "class@anonymous"),
    ),
)

_NAMELESS = frozenset({
    "", "?", "<anonymous>", "anonymous", "<unknown>", "(anonymous)", "{closure}", "<anonymous function>",
    "Anonymous function", "(anonymous function)", "(unknown)", "??", "<redacted>", "<unknown symbol>", "eval",
    "stripped_application_code", "<stripped application code>",
})  # fmt: skip
_LANGUAGES: dict[str, _Rules] = {
    **dict.fromkeys(("java", "kotlin", "scala", "groovy", "clojure"), _JVM),
    **dict.fromkeys(("csharp", "fsharp", "visualbasic"), _DOTNET),
    "go": _GO,
    "other": _OTHER,
    "python": _PYTHON,
    "ruby": _RUBY,
    "php": _PHP,
    "javascript": _JAVASCRIPT,
    "elixir": _ELIXIR,
    "dart": _DART,
}
_PLAIN = re.compile(r"[A-Za-z.]+")  # no digit, no sign: nothing in it can be made up
_OBJECT = re.compile(r"@[0-9a-f]{4,16}\b")
_MODULE_HASH = re.compile(r"[.\-_](?=[0-9a-zA-Z]{0,31}\d)[0-9a-zA-Z]{8,32}(?=\.|$)|[?#].*")


@lru_cache(_CACHED)
def clean_function(name: str, language: str) -> str:
    """A function's name; NAMELESS where it has none."""
    rules = _LANGUAGES.get(language)
    if not _PLAIN.fullmatch(name) or "." in name:
        if rules is not None:
            name = _cleaned(name, rules)
        elif "native" in families(language):
            name = _native(name)
        name = _cleaned(name, _ANY)
    return NAMELESS if name in _NAMELESS else name


@lru_cache(_CACHED)
def clean_module(name: str, language: str) -> str:
    """A module's, a package's or a class's name."""
    if not _PLAIN.fullmatch(name):
        if language == "javascript":
            name = _MODULE_HASH.sub("", name)
        elif language not in ("ruby", "elixir"):
            name = _cleaned(name, _LANGUAGES.get(language, ()))
        name = _cleaned(name, _ANY)
    return name


@lru_cache(_CACHED)
def clean_type(name: str, language: str) -> str:
    """An exception's type."""
    if _PLAIN.fullmatch(name):
        return name
    if "native" in families(language):
        name = without(name, "<", ">")
    elif language != "javascript":
        name = _cleaned(name, _LANGUAGES.get(language, ()))
    return _OBJECT.sub("", name)  # a number may be all that the type of a signal or a fault says


def _cleaned(name: str, rules: _Rules) -> str:
    for pattern, by in rules:
        name = pattern.sub(by, name)
    return name


def _native(name: str) -> str:
    """C, C++, Objective-C, Swift and Rust: without template arguments, parameters and what linkers add."""
    if name.startswith("_$LT$") or "$LT$" in name or "$u7b$" in name:
        name = _RUST_ESCAPE.sub(lambda found: _RUST_ESCAPES[found[0]], name.removeprefix("_"))
    name = _cleaned(name, _NATIVE)
    return name if name[:2] in ("-[", "+[") else without_arguments(name)
