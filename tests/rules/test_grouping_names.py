"""Names without what compilers and runtimes make up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping.brackets import without_arguments
from rules.grouping.names import clean_function, clean_module, clean_type

FUNCTIONS = [
    ("c++", "std::vector<int, std::allocator<int> >::push_back(int&&) const", "std::vector::push_back"),
    ("c++", "void shop::pay<int>(std::map<a, b>)", "shop::pay"),
    ("c++", "operator<<(std::ostream&, Foo const&)", "operator.ltlt"),
    ("c++", "shop::Cart::operator()(int)", "shop::Cart::operator.call"),
    ("c++", "pay()::{lambda(int)#1}::operator()(int) const", "pay::{lambda}::operator.call"),
    ("c++", "pay()::{lambda(int)#2}::operator()(int) const", "pay::{lambda}::operator.call"),
    ("c++", "(anonymous namespace)::run(int)", "{anon}::run"),
    ("c++", "`anonymous namespace'::run(int)", "{anon}::run"),
    ("c++", "<lambda_5db80dab47756d3e72c2dcd38b80b1dd>::operator()", "{lambda}::operator.call"),
    ("c", "pay.cold.1", "pay"),
    ("c", "pay.constprop.0.isra.3", "pay"),
    ("c", "pay [clone .part.2]", "pay"),
    ("rust", "shop::load::h0123456789abcdef", "shop::load"),
    ("rust", "shop::load::{{closure}}::h0123456789abcdef", "shop::load::{{closure}}"),
    ("rust", "shop::load::{closure#2}", "shop::load::{closure}"),
    ("rust", "<alloc::vec::Vec<T> as core::ops::Index<I>>::index", "<alloc::vec::Vec as core::ops::Index>::index"),
    ("rust", "_$LT$T$u20$as$u20$core..fmt..Debug$GT$::fmt::h0123456789abcdef", "<T as core::fmt::Debug>::fmt"),
    ("go", "main.Map[go.shape.int]", "main.Map"),
    ("go", "main.(*Cart).Total-fm", "main.(*Cart).Total"),
    ("go", "main.Run.func1.2", "main.Run.func"),
    ("go", "main.Run.gowrap1", "main.Run.func"),
    ("csharp", "<Load>b__12_0", "Load"),
    ("csharp", "<Main>g__Local|0_0", "Main.Local"),
    ("csharp", "<RunAsync>d__5.MoveNext", "RunAsync"),
    ("csharp", "Sum[T](System.String text)", "Sum"),
    ("java", "lambda$load$0", "lambda$load"),
    ("kotlin", "load$lambda$1", "lambda$load"),
    ("kotlin", "getPrice-pVg5ArA", "getPrice"),
    ("kotlin", "copy$default", "copy"),
    ("java", "access$1700", "access$"),
    ("kotlin", "access$getPrice", "getPrice"),
    ("scala", "$anonfun$run$1$adapted", "run"),
    ("scala", "apply$mcV$sp", "apply"),
    ("clojure", "user$eval123$fn__456", "user$eval$fn"),
    ("swift", "closure #1 in ViewController.viewDidLoad()", "closure in ViewController.viewDidLoad"),
    ("swift", "specialized Array.subscript.getter", "Array.subscript.getter"),
    ("objc", "__32-[Shop pay]_block_invoke_2", "-[Shop pay]_block"),
    ("objc", "-[Shop pay:to:]", "-[Shop pay:to:]"),
    ("ruby", "block (2 levels) in load", "load"),
    ("ruby", "Shop::Cart#load", "load"),
    ("ruby", "_app_views_users_show_html_erb___2345678_6789000", "_app_views_users_show_html_erb"),
    ("javascript", "Object.<anonymous>", "?"),
    ("javascript", "async load", "load"),
    ("javascript", "load/<", "load"),
    ("javascript", "new Cart", "Cart"),
    ("javascript", "Cart.add [as push]", "add"),
    ("php", "class@anonymous\0/srv/x.php:12$0::handle", "class@anonymous::handle"),
    ("php", "{closure:App\\Cart::total():12}", "?"),
    ("php", "App\\Cart\\{closure}", "?"),
    ("python", "load.<locals>.<lambda>", "load.<lambda>"),
    ("dart", "_Cart@123456.total", "_Cart.total"),
    ("elixir", "-total/1-fun-0-", "total"),
    ("other", "lambda$load$3", "lambda$load"),
]
MODULES = [
    ("java", "sun.reflect.GeneratedMethodAccessor12", "sun.reflect.GeneratedMethodAccessor"),
    ("java", "jdk.proxy2.$Proxy88", "jdk.proxy2.$Proxy"),
    ("java", "a.B$$EnhancerBySpringCGLIB$$1a2b", "a.B$$"),
    ("java", "a.B$$SpringCGLIB$$0", "a.B$$"),
    ("java", "a.B_ClientProxy", "a.B"),
    ("csharp", "Shop.Cart+<>c__DisplayClass5_0", "Shop.Cart"),
    ("csharp", "Shop.List`1[[System.String]]", "Shop.List"),
    ("go", "github.com/x/shop/v3/pkg", "github.com/x/shop/pkg"),
    ("javascript", "app/main.3f2a1b9c", "app/main"),
    ("python", "shop.cart_2", "shop.cart_2"),
]


@pytest.mark.parametrize(("language", "name", "expected"), FUNCTIONS)
def test_functions(language, name, expected):
    assert clean_function(name, language) == expected


@pytest.mark.parametrize(("language", "name", "expected"), MODULES)
def test_modules(language, name, expected):
    assert clean_module(name, language) == expected


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("native", "EXC_BAD_ACCESS / 0x00000032", "EXC_BAD_ACCESS / 0x00000032"),
        ("csharp", "Shop.Fault`1[[System.String]]", "Shop.Fault"),
        ("c++", "shop::fault<int>", "shop::fault"),
        ("java", "a.B$1", "a.B$"),
        ("python", "KeyError", "KeyError"),
    ],
)
def test_types(language, name, expected):
    assert clean_type(name, language) == expected


LANGUAGES = st.sampled_from(["java", "csharp", "c++", "go", "python", "ruby", "php", "javascript", "dart", "other"])


@given(st.text(alphabet="ab<>()[]{}$:.#0 ~&-@_|", max_size=60), LANGUAGES)
def test_any_name_is_taken_and_no_name_is_empty(name, language):
    assert clean_function(name, language)
    clean_module(name, language)
    clean_type(name, language)


@pytest.mark.parametrize(
    "piece", ["<", "(", "<(", "$", "a$", "lambda$", "::", "operator", "operator<", "_", "block in "]
)
@pytest.mark.parametrize("language", ["java", "c++", "csharp", "ruby", "javascript", "php", "swift", "other"])
def test_hostile_names_are_cleaned_in_linear_time(piece, language):
    clean_function(piece * 5_000, language)
    without_arguments(piece * 5_000)
