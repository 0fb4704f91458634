/** Lines of connections.yaml for a PostgreSQL in Cloud SQL, in whose place a local cloud is given another. */
export const postgresConnection = (project: string, name: string) => `${name}:
  kind: postgres
  instance: ${project}:asia-northeast1:${name}
  database: postgres
  user: onramp
  auth: { secret: projects/${project}/secrets/${name}-password }
`;
