// Pulumi's runner requires this file, and would have a TypeScript file compiled by the compiler that it brings along. From
// here on Node.js runs the sources itself.
import './index.ts';
