"""A topic with orders, of which Kafka Connect's sink cannot read some."""

import json
import os
import secrets

from carrier import carry
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

KAFKA = {"bootstrap.servers": os.environ["SENDER_KAFKA"]}
ORDERS = f"orders-{secrets.token_hex(3)}"


def tell(what, text):
    value = {"order": text} if what == "catch" else {"order": "4711"}
    producer.produce(ORDERS, json.dumps(value).encode())
    producer.flush(30)


admin = AdminClient(KAFKA)  # it ends what it began where nobody holds it
for made in admin.create_topics([NewTopic(ORDERS, 1, 1)]).values():
    made.result(30)
producer = Producer({**KAFKA, "acks": "all"})
carry(tell, ORDERS=ORDERS)
