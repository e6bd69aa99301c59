"""The JVM's and .NET's traces in shapes that no program of the fixtures writes: read whole."""

import pytest

from tests.rules.traces import chain

TRACES = [
    pytest.param(
        'Exception in thread "main" java.lang.IllegalStateException: order 17 is not paid\n'
        "\tat com.acme.shop.OrdersKt.pay(Orders.kt:14)\n"
        "\tat com.acme.shop.OrdersKt$main$1.invokeSuspend(Orders.kt:31)\n"
        "\tat kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33)\n"
        "\tat kotlinx.coroutines.DispatchedTask.run(DispatchedTask.kt:104)\n"
        "\tSuppressed: kotlinx.coroutines.internal.Diagnostic: [Dispatchers.IO]\n"
        "Caused by: java.io.IOException: socket closed\n"
        "\tat com.acme.shop.Bank.call(Bank.kt:9)\n"
        "\t... 4 more",
        "kotlin",
        [
            (
                "cause of java.io.IOException: socket closed",
                ["run:104", "resumeWith:33", "invokeSuspend:31", "pay:14", "call:9"],
            ),
            ("suppressed of kotlinx.coroutines.internal.Diagnostic: [Dispatchers.IO]", []),
            (
                "java.lang.IllegalStateException: order 17 is not paid",
                ["run:104", "resumeWith:33", "invokeSuspend:31", "pay:14"],
            ),
        ],
        id="kotlin",
    ),
    pytest.param(
        "scala.MatchError: Refused(17) (of class com.acme.Refused)\n"
        "\tat com.acme.Orders$.$anonfun$charge$1(Orders.scala:12)\n"
        "\tat scala.collection.immutable.List.map(List.scala:246)\n"
        "\tat com.acme.Orders$.main(Orders.scala:20)\n"
        "\tat com.acme.Orders.main(Orders.scala)",
        "scala",
        [
            (
                "scala.MatchError: Refused(17) (of class com.acme.Refused)",
                ["main", "main:20", "map:246", "$anonfun$charge$1:12"],
            ),
        ],
        id="scala",
    ),
    pytest.param(
        "2025-01-02 03:04:05 ERROR shop - order 17 not stored\n"
        "com.acme.StoreException: order 17 not stored\n"
        "\tat com.acme.Store.put(Store.java:12) ~[store-1.2.jar:?]\n"
        "\tat com.acme.Shop.main(Shop.java:30) [shop.jar:1.0]\n"
        "\tat jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103) ~[?:?]\n"
        "Caused by: java.sql.SQLException: connection lost\n"
        "\tat org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:300) ~[postgresql-42.7.jar:42.7]\n"
        "\t... 2 more",
        "java",
        [
            ("cause of java.sql.SQLException: connection lost", ["invoke:103", "main:30", "execute:300"]),
            ("com.acme.StoreException: order 17 not stored", ["invoke:103", "main:30", "put:12"]),
        ],
        id="log4j2-extended",
    ),
    pytest.param(
        "java.lang.NullPointerException\n\tat com.acme.Shop.pay(Shop.java:12)\n\tat com.acme.Shop.main(Shop.java:3)",
        "java",
        [
            ("java.lang.NullPointerException", ["main:3", "pay:12"]),
        ],
        id="jvm-no-message",
    ),
    pytest.param(
        'Exception in thread "main" clojure.lang.ExceptionInfo: order refused {:order 17}\n'
        "\tat shop.core$charge.invokeStatic(core.clj:12)\n"
        "\tat shop.core$_main.doInvoke(core.clj:20)\n"
        "\tat clojure.lang.RestFn.invoke(RestFn.java:397)",
        "clojure",
        [
            ("clojure.lang.ExceptionInfo: order refused {:order 17}", ["invoke:397", "doInvoke:20", "invokeStatic:12"]),
        ],
        id="jvm-clojure",
    ),
    pytest.param(
        "FATAL EXCEPTION: main\n"
        "Process: com.acme.shop, PID: 12345\n"
        "java.lang.RuntimeException: Unable to start activity: java.lang.NullPointerException\n"
        "\tat android.app.ActivityThread.performLaunchActivity(ActivityThread.java:3270)\n"
        "\tat java.lang.reflect.Method.invoke(Native Method)\n"
        "Caused by: java.lang.NullPointerException: Attempt to invoke 'int java.lang.String.length()' on a null object\n"
        "\tat com.acme.shop.MainActivity.onCreate(MainActivity.kt:22)\n"
        "\t... 1 more",
        "kotlin",
        [
            (
                "cause of java.lang.NullPointerException: Attempt to invoke 'int java.lang.String.length()' on a null object",
                ["invoke", "onCreate:22"],
            ),
            (
                "java.lang.RuntimeException: Unable to start activity: java.lang.NullPointerException",
                ["invoke", "performLaunchActivity:3270"],
            ),
        ],
        id="android",
    ),
    pytest.param(
        "Unhandled exception. System.InvalidOperationException: order 17 failed\n"
        " ---> System.AggregateException: One or more errors occurred. (no tea) (no money)\n"
        " ---> Shop.StockException: no tea\n"
        "   at Shop.Stock.Take(String name) in /srv/shop/Stock.cs:line 12\n"
        "   --- End of inner exception stack trace ---\n"
        "   at System.Threading.Tasks.Task.WaitAll(Task[] tasks)\n"
        " ---> (Inner Exception #1) Shop.MoneyException: no money\n"
        "   at Shop.Bank.Charge[T](T order) in /srv/shop/Bank.cs:line 9<---\n"
        "\n"
        "   --- End of inner exception stack trace ---\n"
        "   at Shop.Program.<Main>$(String[] args) in /srv/shop/Program.cs:line 3",
        "csharp",
        [
            ("member of Shop.StockException: no tea", ["Take:12"]),
            ("member of Shop.MoneyException: no money", ["Charge:9"]),
            ("cause of System.AggregateException: One or more errors occurred. (no tea) (no money)", ["WaitAll"]),
            ("System.InvalidOperationException: order 17 failed", ["<Main>$:3"]),
        ],
        id="dotnet",
    ),
    pytest.param(
        "System.Net.Http.HttpRequestException: Connection refused (bank.example:443)\n"
        " ---> System.Net.Sockets.SocketException (111): Connection refused\n"
        "   at System.Net.Sockets.Socket.AsyncEventArgs.ThrowException(SocketError error, CancellationToken token)\n"
        "   --- End of inner exception stack trace ---\n"
        "   at Shop.Bank.<ChargeAsync>d__3.MoveNext() in C:\\shop\\Bank.cs:line 44\n"
        "--- End of stack trace from previous location ---\n"
        "   at Shop.Orders.PayAsync(Int32 id, CancellationToken token) in C:\\shop\\Orders.cs:line 12",
        "csharp",
        [
            ("cause of System.Net.Sockets.SocketException: Connection refused", ["ThrowException"]),
            (
                "System.Net.Http.HttpRequestException: Connection refused (bank.example:443)",
                ["PayAsync:12", "MoveNext:44"],
            ),
        ],
        id="dotnet-async",
    ),
    pytest.param(
        "   at Shop.Pay(String id) in C:\\shop\\Shop.cs:line 12\n   at Shop.Run()",
        "csharp",
        [
            ("?", ["Run", "Pay:12"]),
        ],
        id="dotnet-bare",
    ),
    pytest.param(
        "NullReferenceException: Object reference not set to an instance of an object\n"
        "  at Shop.Cart.Add (Shop.Item item) [0x00012] in /srv/shop/Cart.cs:12 \n"
        "  at Shop.Cart.Update () [0x00000] in <3bdbc5cd0f0d4c21a1d2b7f5>:0 ",
        "csharp",
        [
            ("NullReferenceException: Object reference not set to an instance of an object", ["Update", "Add:12"]),
        ],
        id="unity",
    ),
]


@pytest.mark.parametrize(("text", "language", "expected"), TRACES)
def test_a_trace_is_read(text: str, language: str, expected: list[tuple[str, list[str]]]) -> None:
    assert chain(text) == (language, expected)
