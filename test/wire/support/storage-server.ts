/** A stand-in in a process of its own, to be killed: prints its port. The argument is its folder. */

import { operator } from '../../../local/stand-in.ts';
import { startStorage } from '../../../local/storage/storage.ts';

const storage = await startStorage({ folder: process.argv[2] ?? '' });
console.log(await storage.listen(operator));
