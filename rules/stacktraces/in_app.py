"""Which frames are a service's own code, where its producer does not say: what is obviously library code is not."""

import re
import sys
from functools import lru_cache
from typing import Any

__all__ = ["in_app", "language_of"]

_SUFFIXES = {
    "py": "python", "pyx": "python", "java": "java", "kt": "kotlin", "scala": "scala", "groovy": "groovy",
    "clj": "clojure", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "ts": "javascript", "tsx": "javascript", "vue": "javascript", "go": "go", "rb": "ruby", "php": "php",
    "cs": "csharp", "fs": "fsharp", "vb": "visualbasic", "rs": "rust", "swift": "swift", "m": "objc", "mm": "objc",
    "c": "c", "h": "c", "cc": "c++", "cpp": "c++", "cxx": "c++", "hpp": "c++", "ex": "elixir", "exs": "elixir",
    "dart": "dart", "pl": "perl", "cr": "crystal", "lua": "lua", "erl": "erlang",
}  # fmt: skip
_JVM = re.compile(
    r"(?:javax?|jdk|jakarta|sun|com\.sun|oracle|kotlinx?|scala|groovy|clojure|akka|play|reactor|rx|dalvik|androidx?"
    r"|com\.android|com\.google\.(?:common|inject|gson)|com\.fasterxml|com\.zaxxer|com\.mysql|ch\.qos|io\.netty"
    r"|io\.micrometer|io\.grpc|io\.vertx|io\.undertow|okhttp3|retrofit2|net\.bytebuddy|junit"
    r"|org\.(?:springframework|apache|hibernate|eclipse|jboss|postgresql|slf4j|junit|gradle|codehaus|mockito|aspectj"
    r"|quartz|glassfish|mybatis|thymeleaf|bouncycastle|joda))\."
)
_DOTNET = re.compile(r"(?:System|Microsoft|Windows|Mono|UnityEngine|Npgsql|Newtonsoft)(?:\.|$)")
# The C library's own folders, as builds of it name them, the sanitizers', and headers of the system.
_NATIVE = re.compile(
    r"^(?:\.\.?/)*(?:csu|nptl|sysdeps)/"
    r"|^(?:\.\.?/)+(?:src/libsanitizer|libsanitizer|stdlib|posix|signal|elf|libio|malloc|string|debug|src/libstdc)"
    r"|^/usr/(?:include|lib|src)/|^(?:/build/)?(?:glibc|gcc)-\d|/libsanitizer/"
)
_OTP = re.compile(  # by the application that a frame of Elixir names
    r"(?:elixir|stdlib|kernel|logger|mix|ex_unit|eex|iex|compiler|erts|ssl|inets|crypto|phoenix\w*|plug\w*|ecto\w*|bandit"
    r"|cow(?:boy|lib)|ranch|thousand_island|oban|db_connection|postgrex|myxql|absinthe\w*|tesla|finch|mint|hackney|jason"
    r"|telemetry|gen_stage|broadway\w*|flow|ash\w*|swoosh|sentry)(?: |$)"
)
_ERLANG = re.compile(  # modules of Erlang/OTP
    r"(?:gen(?:_server|_statem|_event|_fsm|_tcp)?|proc_lib|sys|supervisor|erl_eval|escript|init|lists|maps|sets|dict|ets|erlang"
    r"|binary|string|unicode|file|io|io_lib\w*|timer|rpc|erpc|application\w*|shell|code\w*|error_handler|ssl|inet|queue|re)$"
)
_LIBRARY_PATHS = {
    "python": re.compile(
        r"/(?:site|dist)-packages/|[/\\]lib[/\\]python\d|^<frozen |^<string>$|[/\\](?:site|dist)-packages[/\\]"
    ),
    "javascript": re.compile(
        r"node_modules/|^(?:node|ext):|^internal/|^<|^(?:chrome|moz|safari(?:-web)?)-extension:|/webpack/|^webpack:///webpack"
    ),
    "go": re.compile(r"/go/src/|/pkg/mod/|/go1?\.?[\d.]*/src/|/vendor/|^GOROOT/|go@\d|^_cgo_"),
    "ruby": re.compile(r"/gems/|/lib/ruby/|^<internal:"),
    "php": re.compile(r"/vendor/|^\[internal"),
    "rust": re.compile(r"^/rustc/|\.cargo/registry|/library/(?:std|core|alloc)/"),
    "crystal": re.compile(r"/crystal/src/|/lib/crystal/"),
}
_SYSTEM_PACKAGES = re.compile(
    r"^/(?:usr/lib|lib(?:64)?|System/Library|Library/Apple)/|^[Cc]:\\[Ww][Ii][Nn][Dd][Oo][Ww][Ss]\\|^/system/|^/apex/"
)
_JVM_LANGUAGES = frozenset({"java", "kotlin", "scala", "groovy", "clojure"})
_DOTNET_LANGUAGES = frozenset({"csharp", "fsharp", "visualbasic"})
_LONGEST = 1_024


def language_of(file: str | None) -> str | None:
    """The language of a source file, by its suffix."""
    if not file or "." not in file[-8:]:
        return None
    return _SUFFIXES.get(file.rpartition(".")[2].partition("?")[0].lower())


def in_app(frame: dict[str, Any], language: str | None) -> bool | None:
    """False for library code, True for other code whose place is known, None where nothing is."""
    return _judge(language, frame.get("file"), frame.get("module"), frame.get("package"))


@lru_cache(maxsize=4_096)  # the same frames come again and again; a pure function may be remembered
def _judge(language: str | None, file: str | None, module: str | None, package: str | None) -> bool | None:
    language = language_of(file) or language
    if language in _JVM_LANGUAGES:
        return None if module is None else _JVM.match(module) is None
    if language in _DOTNET_LANGUAGES:
        return None if module is None and package is None else _DOTNET.match(module or package or "") is None
    if language in ("elixir", "erlang"):
        return _by_application(file, module, package)
    if language in _LIBRARY_PATHS:
        return False if language == "ruby" and package else _by_path(language, file, module)  # packages are gems
    system = package and _SYSTEM_PACKAGES.match(package)
    if system or (file and language in ("c", "c++") and _NATIVE.search(file[:_LONGEST])):
        return False
    return None  # of native code a path may be any library's


def _by_application(file: str | None, module: str | None, package: str | None) -> bool | None:
    if (package and _OTP.match(package)) or (file and "/deps/" in file):
        return False
    if module and _ERLANG.match(module.removeprefix(":")):
        return False
    return None if file is None and module is None else True


def _by_path(language: str, file: str | None, module: str | None) -> bool | None:
    if file is not None and _LIBRARY_PATHS[language].search(file[:_LONGEST].replace("\\", "/")):
        return False
    if module and language == "python" and module.partition(".")[0] in _STANDARD:
        return False
    if module and language == "go" and module != "main" and "." not in module.partition("/")[0] and file is None:
        return False
    return None if file is None and module is None else True


_STANDARD = frozenset(sys.stdlib_module_names) - {"__main__"}
