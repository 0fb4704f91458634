// A service that publishes its payments' changes, with the plain Pub/Sub library.
//
//	go get cloud.google.com/go/pubsub/v2 google.golang.org/protobuf
//
// The message type comes from protoc-gen-go; here it stands as the bytes that proto.Marshal returns.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"cloud.google.com/go/pubsub/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The topic of the ramp payment/payment-event.
const topic = "ramp-payment-payment-event"

// attributes says what the message is. Both are left out, or both are set: without them the event counts as one of the
// ramp's own schema, in the version that is current when it arrives. `onramp schema list` prints versions.
func attributes() map[string]string {
	all := map[string]string{"origin": "payment-api"} // the publisher's own
	if version := os.Getenv("ONRAMP_SCHEMA_VERSION"); version != "" {
		all["onramp_schema"] = "payment.v1.PaymentEvent"
		all["onramp_schema_version"] = version
	}
	return all
}

// publish sends one event. With an ordering key a user's events arrive in order; a failure then stops that key until
// ResumePublish.
func publish(ctx context.Context, publisher *pubsub.Publisher, userID string, event proto.Message) (string, error) {
	data, err := proto.Marshal(event)
	if err != nil {
		return "", err
	}
	message := &pubsub.Message{Data: data, OrderingKey: userID, Attributes: attributes()}
	return publisher.Publish(ctx, message).Get(ctx)
}

func main() {
	ctx := context.Background()
	// Locally: PUBSUB_EMULATOR_HOST (docs/local-cloud.md) and the project of the local cloud.
	client, err := pubsub.NewClient(ctx, os.Getenv("ONRAMP_PROJECT"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	publisher := client.Publisher(topic)
	publisher.EnableMessageOrdering = true
	defer publisher.Stop()
	// In place of &paymentv1.PaymentEvent{UserId: "user-1", OccurredAt: timestamppb.Now()}.
	id, err := publish(ctx, publisher, "user-1", timestamppb.Now())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("published as", id)
}
