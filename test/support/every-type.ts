import { compileSchema } from './compile-proto.ts';

/** A message with a field of every kind that the mapping tells apart. */
export const everyTypeProto = `
syntax = "proto3";
package test.v1;

import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

// Every kind of field.
message Every {
  // A 32-bit
  // integer.
  int32 an_int32 = 1;
  sint32 a_sint32 = 2;
  sfixed32 an_sfixed32 = 3;
  uint32 a_uint32 = 4;
  fixed32 a_fixed32 = 5;
  int64 an_int64 = 6;
  sint64 a_sint64 = 7;
  sfixed64 an_sfixed64 = 8;
  uint64 a_uint64 = 9; // Up to 2^64 - 1.
  fixed64 a_fixed64 = 10;
  float a_float = 11;
  double a_double = 12;
  bool a_bool = 13;
  string a_string = 14;
  bytes a_bytes = 15;
  Colour colour = 16;
  int64 a_text_int64 = 17 [jstype = JS_STRING];

  optional int32 maybe_int32 = 20;
  optional string maybe_string = 21;
  optional Colour maybe_colour = 22;
  optional uint64 maybe_uint64 = 23;

  oneof choice {
    string chosen_string = 30;
    int64 chosen_int64 = 31;
    Point chosen_point = 32;
    google.protobuf.Int64Value chosen_wrapper = 33;
    google.protobuf.Struct chosen_struct = 34;
  }

  repeated int32 ints = 40;
  repeated uint64 uint64s = 41 [packed = false];
  repeated string strings = 42;
  repeated Colour colours = 43;
  repeated Point points = 44;
  repeated double doubles = 45;
  repeated google.protobuf.Timestamp times = 46;
  repeated google.protobuf.StringValue wrapped_strings = 47;
  repeated google.protobuf.Struct structs = 48;
  repeated google.protobuf.Empty empties = 49;
  repeated int64 text_int64s = 50 [jstype = JS_STRING];
  repeated Tree trees = 51;

  map<string, int64> by_string = 60;
  map<int32, string> by_int32 = 61;
  map<int64, Point> by_int64 = 62;
  map<uint64, double> by_uint64 = 63;
  map<bool, Colour> by_bool = 64;
  map<string, Point> points_by_string = 65;
  map<string, google.protobuf.Timestamp> times_by_string = 66;
  map<string, google.protobuf.Struct> structs_by_string = 67;
  map<sfixed32, google.protobuf.UInt64Value> wrapped_by_sfixed32 = 68;
  map<string, google.protobuf.Empty> empties_by_string = 69;
  map<fixed64, bytes> by_fixed64 = 70;

  google.protobuf.Timestamp a_timestamp = 80;
  google.protobuf.Duration a_duration = 81;
  google.protobuf.Struct a_struct = 82;
  google.protobuf.Value a_value = 83;
  google.protobuf.ListValue a_list = 84;
  google.protobuf.Any an_any = 85;
  google.protobuf.FieldMask a_mask = 86;
  google.protobuf.Empty an_empty = 87;
  Nothing nothing = 88;
  google.protobuf.NullValue a_null = 89;

  google.protobuf.DoubleValue wrapped_double = 90;
  google.protobuf.FloatValue wrapped_float = 91;
  google.protobuf.Int64Value wrapped_int64 = 92;
  google.protobuf.UInt64Value wrapped_uint64 = 93;
  google.protobuf.Int32Value wrapped_int32 = 94;
  google.protobuf.UInt32Value wrapped_uint32 = 95;
  google.protobuf.BoolValue wrapped_bool = 96;
  google.protobuf.StringValue wrapped_string = 97;
  google.protobuf.BytesValue wrapped_bytes = 98;

  Point point = 100;
  Tree tree = 101;
  Every itself = 102;
}

enum Colour {
  option allow_alias = true;
  COLOUR_UNSPECIFIED = 0;
  RED = 1;
  CRIMSON = 1;
  MINUS = -1;
}

// A point on a plane.
message Point {
  double x = 1;
  optional double y = 2;
}

message Tree {
  string name = 1;
  Tree left = 2;
  repeated Tree others = 3;
  map<string, Tree> named = 4;
  google.protobuf.Timestamp planted = 5;
}

message Nothing {}

message Holder {
  Every every = 1;
}
`;

export const everyType = compileSchema(everyTypeProto, 'test.v1.Every');
