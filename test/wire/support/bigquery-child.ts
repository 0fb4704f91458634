/** The stand-in as a process of its own, for tests that kill it. The folder is the first argument. */
import { startBigquery } from '../../../local/bigquery/bigquery.ts';
import { operator } from '../../../local/stand-in.ts';

const bigquery = await startBigquery({ folder: process.argv[2] ?? '' });
process.send?.({ rest: await bigquery.listen(operator), storage: await bigquery.listenStorage(operator) });
