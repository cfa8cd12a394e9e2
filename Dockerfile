# One image for all services; the command chooses which. Build: docker build -t runnel .
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/node_modules node_modules
# Node resolves #libs/* by package.json, so it stays beside dist.
COPY --from=build /app/package.json ./
COPY --from=build /app/dist dist
USER node
EXPOSE 3000 3001 3002
CMD ["node", "dist/apps/stream-gateway/src/main.js"]
