# One image for each service: docker build --target auth|ingest|stream-gateway|standalone .
# Every target runs as a user without rights, writes nothing outside of /tmp and /data, and ends cleanly on SIGTERM.
FROM node:22.21-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What is optional comes only because something would use it if it were there, the compiler for one.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM dependencies AS build
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY scripts scripts
COPY libs libs
COPY apps apps
RUN npm run build

FROM node:22.21-bookworm-slim AS service
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
# Node resolves #libs/* by package.json, so it stays beside dist.
COPY package.json LICENSE* ./
COPY --from=build /app/dist dist
# node scripts/backup.mjs backup|restore <directory>
COPY scripts/backup.mjs scripts/backup.mjs
USER node
# Alive is not ready: an orchestrator's readiness probe asks /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

FROM service AS auth
ENV PORT=3002
EXPOSE 3002
CMD ["node", "dist/apps/auth/src/main.js"]

FROM service AS ingest
ENV PORT=3001
EXPOSE 3001
CMD ["node", "dist/apps/ingest/src/main.js"]

FROM service AS stream-gateway
ENV PORT=3000
EXPOSE 3000
CMD ["node", "dist/apps/stream-gateway/src/main.js"]

FROM nats:2.15.1-alpine AS nats

FROM service AS standalone
COPY --from=nats /usr/local/bin/nats-server /usr/local/bin/nats-server
USER root
RUN mkdir /data && chown node:node /data
USER node
ENV PORT=3000 RUNNEL_DATA_DIR=/data NATS_SERVER_BIN=/usr/local/bin/nats-server
VOLUME /data
EXPOSE 3000 4222
CMD ["node", "dist/apps/standalone/src/main.js"]
