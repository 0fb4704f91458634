import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './local-cloud.ts';

/** Who may read what of the service `crm`. */
export const crmReaders = { lake: 'ml@example.com', raw: 'privacy@example.com' };

/** A policy tag of a taxonomy in the region of the local cloud. */
export const policyTag = 'projects/acme/locations/asia-northeast1/taxonomies/12/policyTags/34';

const pii = `version: 1
classes:
  email: { policy_tag: ${policyTag} }
  birthday: { mask: truncate, truncate: 4 }
  remark: { mask: drop }
  country: { mask: none }
`;

const crm = `version: 1
owner: crm-team@example.com
lake_readers: [group:${crmReaders.lake}]
raw_readers: [group:${crmReaders.raw}]
ramps:
  customers: { schema: crm.v1.Customer }
`;

const support = `version: 1
owner: support-team@example.com
ramps:
  tickets: { schema: support.v1.Ticket }
`;

const customer = `syntax = "proto3";

package crm.v1;

import "google/protobuf/timestamp.proto";
import "onramp/options.proto";

// A customer.
message Customer {
  string id = 1;
  string mail = 2 [(onramp.field).pii = "email"];
  google.protobuf.Timestamp born_at = 3 [(onramp.field).pii = "birthday"];
  string remark = 4 [(onramp.field).pii = "remark"];
  string country = 5 [(onramp.field).pii = "country"];
  Address address = 6 [(onramp.field).pii = "email"];
  string postcode = 7 [(onramp.field).pii = "birthday"];
}

// Where somebody lives.
message Address {
  string street = 1;
  uint32 number = 2;
}
`;

const ticket = `syntax = "proto3";

package support.v1;

import "onramp/options.proto";

// A question of a customer.
message Ticket {
  string subject = 1;
  string sender = 2 [(onramp.field).pii = "email"];
}
`;

/** A folder of configuration with two services whose events hold personal data of several classes. */
export function rootWithPersonalData(): string {
  const root = mkdtempSync(join(tmpdir(), 'onramp-root-'));
  cpSync(join(repository, 'proto/onramp'), join(root, 'proto/onramp'), { recursive: true });
  cpSync(join(repository, 'buf.yaml'), join(root, 'buf.yaml'));
  const files = {
    'services/pii.yaml': pii,
    'services/crm/service.yaml': crm,
    'services/support/service.yaml': support,
    'proto/crm/v1/customer.proto': customer,
    'proto/support/v1/ticket.proto': ticket,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
