// Klaro: `klaro`, as a cookie or in localStorage, JSON of the site's services, written once all of
// them are answered.

import { json, takeOver } from '../take-over';

takeOver(() => [Object.entries(json('klaro'))]);
