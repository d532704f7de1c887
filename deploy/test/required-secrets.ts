/** What compose.prod.yaml refuses to start without. `docker compose config` does not ask whether the files are there. */
export const requiredSecrets: Readonly<Record<string, string>> = {
  CLOUDTASK_DATABASE_URL_FILE: './secrets/database-url',
  CLOUDTASK_BROKER_URL_FILE: './secrets/broker-url',
  CLOUDTASK_SIGNALS_URL_FILE: './secrets/signals-url',
  CLOUDTASK_JWT_SECRET_FILE: './secrets/jwt-secret',
  CLOUDTASK_PASSWORD_PEPPER_FILE: './secrets/password-pepper',
  POSTGRES_PASSWORD_FILE: './secrets/postgres-password',
  RABBITMQ_AUTH_FILE: './secrets/rabbitmq-auth',
  REDIS_AUTH_FILE: './secrets/redis-auth',
  GRAFANA_ADMIN_PASSWORD_FILE: './secrets/grafana-admin-password',
};
