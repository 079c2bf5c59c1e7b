// `@c15t/backend` over PostgreSQL, as its guide sets it up: `migrate` makes its tables, else it serves on PORT.
import { serve } from '@hono/node-server';
import { c15tInstance } from '@c15t/backend';
import { kyselyAdapter } from '@c15t/backend/db/adapters/kysely';
import { migrator } from '@c15t/backend/db/migrator';
import { DB } from '@c15t/backend/db/schema';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const adapter = kyselyAdapter({ db: new Kysely({ dialect: new PostgresDialect({ pool }) }), provider: 'postgresql' });

if (process.argv[2] === 'migrate') {
  const { execute } = await migrator({ db: DB.client(adapter), schema: 'latest' });
  await execute?.();
  await pool.end();
} else {
  const c15t = c15tInstance({ appName: 'bench', trustedOrigins: ['http://127.0.0.1:9'], adapter, logger: { level: 'error' } });
  serve({ fetch: c15t.handler, port: Number(process.env.PORT), hostname: '127.0.0.1' });
}
