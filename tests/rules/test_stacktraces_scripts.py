"""JavaScript's, Python's, Ruby's, PHP's and Elixir's traces in shapes that no program of the fixtures writes: read whole."""

import pytest

from tests.rules.traces import chain

TRACES = [
    pytest.param(
        "TypeError: order is undefined\n"
        "pay@https://shop.example/app.js:12:9\n"
        "async*onClick@https://shop.example/app.js:40:5\n"
        "EventListener.handleEvent*@https://shop.example/app.js:50:3",
        "javascript",
        [
            ("TypeError: order is undefined", ["?:50", "onClick:40", "pay:12"]),
        ],
        id="firefox",
    ),
    pytest.param(
        "pay@https://shop.example/app.js:12:9\n"
        "onClick/<@https://shop.example/app.js:40:5\n"
        "@https://shop.example/app.js:50:3",
        "javascript",
        [
            ("?", ["?:50", "onClick:40", "pay:12"]),
        ],
        id="firefox-bare",
    ),
    pytest.param(
        "TypeError: undefined is not an object (evaluating 'order.id')\n"
        "pay@https://shop.example/app.js:12:9\n"
        "map@[native code]\n"
        "global code@https://shop.example/app.js:50:3",
        "javascript",
        [
            ("TypeError: undefined is not an object (evaluating 'order.id')", ["global code:50", "map", "pay:12"]),
        ],
        id="safari",
    ),
    pytest.param(
        "Uncaught (in promise) TypeError: Cannot read 'id'\n"
        "    at pay (https://shop.example/app.js:12:9)\n"
        "    at async Promise.all (index 0)\n"
        "    at async HTMLButtonElement.<anonymous> (https://shop.example/app.js:40:5)",
        "javascript",
        [
            ("TypeError: Cannot read 'id'", ["HTMLButtonElement.<anonymous>:40", "Promise.all", "pay:12"]),
        ],
        id="chrome",
    ),
    pytest.param(
        "error: Uncaught (in promise) TypeError: order is undefined\n"
        "  return order.id;\n"
        "               ^\n"
        "    at pay (file:///srv/shop/main.ts:3:16)\n"
        "    at file:///srv/shop/main.ts:9:1\n"
        "    at ext:core/01_core.js:200:5\n"
        "Caused by: Error: no money\n"
        "    at file:///srv/shop/main.ts:7:9",
        "javascript",
        [
            ("cause of Error: no money", ["?:7"]),
            ("TypeError: order is undefined", ["?:200", "?:9", "pay:3"]),
        ],
        id="deno",
    ),
    pytest.param(
        "1 | function pay(order) {\n"
        "2 |   return order.id;\n"
        "               ^\n"
        "TypeError: undefined is not an object (evaluating 'order.id')\n"
        "      at pay (/srv/shop/pay.js:2:10)\n"
        "      at /srv/shop/pay.js:5:1\n"
        "\n"
        "Bun v1.1.0 (Linux x64)",
        "javascript",
        [
            ("TypeError: undefined is not an object (evaluating 'order.id')", ["?:5", "pay:2"]),
        ],
        id="bun",
    ),
    pytest.param(
        "TypeError: undefined is not a function\n"
        "    at pay (address at index.android.bundle:1:12345)\n"
        "    at anonymous (address at index.android.bundle:1:23456)\n"
        "    at apply (native)",
        "javascript",
        [
            ("TypeError: undefined is not a function", ["apply", "anonymous:1", "pay:1"]),
        ],
        id="hermes",
    ),
    pytest.param(
        "order failed: Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'",
        "python",
        [
            ("KeyError: 'x'", ["f:1"]),
        ],
        id="python-remote",
    ),
    pytest.param(
        "Traceback (most recent call last):\n"
        '  File "a.py", line 1, in f\n'
        "sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection failed\n"
        "[SQL: SELECT 1]\n"
        "(Background on this error at: https://sqlalche.me/e/20/e3q8)",
        "python",
        [
            (
                "sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection failed\n[SQL: SELECT 1]\n(Background on this error at: https://sqlalche.me/e/20/e3q8)",
                ["f:1"],
            ),
        ],
        id="python-dotted",
    ),
    pytest.param(
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    raise AssertionError\nAssertionError',
        "python",
        [
            ("AssertionError", ["f:1"]),
        ],
        id="python-nomsg",
    ),
    pytest.param(
        "web-1  | Traceback (most recent call last):\n"
        'web-1  |   File "/srv/a.py", line 1, in f\n'
        "web-1  |     g()\n"
        "web-1  | KeyError: 'x'",
        "python",
        [
            ("KeyError: 'x'", ["f:1"]),
        ],
        id="compose",
    ),
    pytest.param(
        "shop.rb:18:in 'Shop::Bank#charge': no money (Shop::RefusedError)\n"
        "\tfrom shop.rb:22:in 'block in Shop::Orders#pay'\n"
        "\tfrom shop.rb:22:in 'Array#each'\n"
        "\tfrom shop.rb:30:in 'Shop.run'\n"
        "\tfrom shop.rb:35:in '<main>'",
        "ruby",
        [
            (
                "Shop.Shop::RefusedError: no money",
                ["<main>:35", "run:30", "each:22", "block in Shop::Orders#pay:22", "charge:18"],
            ),
        ],
        id="ruby34",
    ),
    pytest.param(
        "[3f2a] NoMethodError (undefined method `name' for nil:NilClass):\n"
        "[3f2a]   \n"
        "app/controllers/orders_controller.rb:12:in `show'\n"
        "actionpack (7.0.4) lib/action_controller/rendering.rb:6:in `send_action'",
        "ruby",
        [
            ("NoMethodError: undefined method `name' for nil:NilClass", ["send_action:6", "show:12"]),
        ],
        id="rails",
    ),
    pytest.param(
        "Shop::RefusedError (no money):\n"
        "\n"
        "app/models/order.rb:12:in `pay'\n"
        "app/controllers/orders_controller.rb:12:in `create'",
        "ruby",
        [
            ("Shop.Shop::RefusedError: no money", ["create:12", "pay:12"]),
        ],
        id="rails2",
    ),
    pytest.param(
        '[2025-01-02T03:04:05.123456+00:00] shop.ERROR: order 17 failed {"exception":"[object] (Shop\\\\RefusedError(code: 0): no money at /srv/shop/Bank.php:12)\n'
        "[stacktrace]\n"
        "#0 /srv/shop/Orders.php(9): Shop\\\\Bank->charge()\n"
        "#1 {main}\n"
        "\n"
        "[previous exception] [object] (PDOException(code: HY000): gone at /srv/shop/Db.php:3)\n"
        "[stacktrace]\n"
        "#0 /srv/shop/Bank.php(11): Shop\\\\Db->query()\n"
        "#1 {main}\n"
        '"} []',
        "php",
        [
            ("cause of PDOException: gone", ["{main}:11", "query:3"]),
            ("Shop\\RefusedError: no money", ["{main}:9", "charge:12"]),
        ],
        id="php-monolog",
    ),
    pytest.param(
        "PHP Warning:  Undefined variable $x in /srv/shop/a.php on line 3\n"
        "PHP Stack trace:\n"
        "PHP   1. {main}() /srv/shop/a.php:0\n"
        "PHP   2. pay($order = 17) /srv/shop/a.php:7",
        "php",
        [
            ("Warning: Undefined variable $x", ["{main}:7", "pay:3"]),
        ],
        id="php-xdebug2",
    ),
    pytest.param(
        '[critical] Uncaught PHP Exception Shop\\RefusedError: "no money" at /srv/shop/src/Bank.php line 12',
        "php",
        [
            ("Shop\\RefusedError: no money", ["?:12"]),
        ],
        id="php-symfony",
    ),
    pytest.param(
        "** (EXIT from #PID<0.100.0>) an exception was raised:\n"
        "    ** (ArithmeticError) bad argument in arithmetic expression\n"
        "        (shop 0.1.0) lib/shop.ex:3: Shop.pay/1\n"
        "        (stdlib 4.2) proc_lib.erl:240: :proc_lib.init_p_do_apply/3",
        "elixir",
        [
            ("ArithmeticError: bad argument in arithmetic expression", ["init_p_do_apply/3:240", "pay/1:3"]),
        ],
        id="elixir-linked",
    ),
    pytest.param(
        "[error] #PID<0.500.0> running ShopWeb.Endpoint (stream id 1) terminated\n"
        "Server: localhost:4000 (http)\n"
        "Request: GET /orders/17\n"
        "** (exit) an exception was raised:\n"
        "    ** (Ecto.NoResultsError) expected at least one result but got none in query:\n"
        "\n"
        "from o0 in Shop.Order,\n"
        "  where: o0.id == ^17\n"
        "\n"
        "        (ecto 3.9.0) lib/ecto/repo/queryable.ex:163: Ecto.Repo.Queryable.one!/3\n"
        "        (shop 0.1.0) lib/shop_web/controllers/order_controller.ex:12: ShopWeb.OrderController.show/2",
        "elixir",
        [
            (
                "Ecto.NoResultsError: expected at least one result but got none in query:\n\nfrom o0 in Shop.Order,\n  where: o0.id == ^17",
                ["show/2:12", "one!/3:163"],
            ),
        ],
        id="elixir-phoenix",
    ),
]


@pytest.mark.parametrize(("text", "language", "expected"), TRACES)
def test_a_trace_is_read(text: str, language: str, expected: list[tuple[str, list[str]]]) -> None:
    assert chain(text) == (language, expected)
