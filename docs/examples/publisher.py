"""A service that publishes its payments' changes, with the plain Pub/Sub library.

    pip install google-cloud-pubsub protobuf
    protoc --python_out=gen --proto_path=proto payment/v1/payment_event.proto
"""

import os
import sys

from google.cloud import pubsub_v1

sys.path.append("gen")
from payment.v1 import payment_event_pb2  # noqa: E402

# The topic of the ramp payment/payment-event. Locally: PUBSUB_EMULATOR_HOST (docs/local-cloud.md).
PROJECT = os.environ.get("ONRAMP_PROJECT", "acme-data")
TOPIC = f"projects/{PROJECT}/topics/ramp-payment-payment-event"

# What the message is. Both are left out, or both are set: without them the event counts as one of the ramp's own schema,
# in the version that is current when it arrives. `onramp schema list` prints versions.
ATTRIBUTES = {}
if "ONRAMP_SCHEMA_VERSION" in os.environ:
    ATTRIBUTES = {
        "onramp_schema": "payment.v1.PaymentEvent",
        "onramp_schema_version": os.environ["ONRAMP_SCHEMA_VERSION"],
    }


def main() -> None:
    # With an ordering key, a user's events arrive in order; a failure then stops that key until resume_publish.
    options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
    publisher = pubsub_v1.PublisherClient(publisher_options=options)
    event = payment_event_pb2.PaymentEvent(user_id="user-1")
    event.occurred_at.GetCurrentTime()
    future = publisher.publish(
        TOPIC,
        event.SerializeToString(),
        ordering_key=event.user_id,
        origin="payment-api",  # an attribute of the publisher's own
        **ATTRIBUTES,
    )
    print(f"published as {future.result(timeout=60)}")


if __name__ == "__main__":
    main()
