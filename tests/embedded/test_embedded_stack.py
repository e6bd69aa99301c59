"""The embedded servers: started, stopped, killed, started again; where and as whomever."""

import psycopg


def test_three_servers_answer(stack, kafka, database_url, redis_url):
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("seawall",)
        assert connection.execute("SHOW search_path").fetchone() == ("seawall, public",)
    assert all(stack.servers().values())
