export { type AccessOptions, AccessService } from './access-service.js';
export {
  type DecideAnswer,
  questionSchema,
  type RecheckAnswer,
  recheckSchema,
  type TicketKeysAnswer,
  type WorkspaceDeleted,
  workspaceDeletedSchema,
} from './answers.js';
export {
  API_KEY_PREFIX,
  type ApiKeyParts,
  fingerprintOf,
  hashSecret,
  isKeyId,
  isOpaqueKey,
  keyIdOf,
  newApiKey,
  newKeyId,
  parseApiKey,
  sameHash,
} from './api-key.js';
export {
  CONSOLE_COOKIE,
  CONSOLE_HEADER,
  type Credential,
  type CredentialSource,
  credentialOf,
  TICKET_COOKIE,
} from './credential.js';
export * from './decision.js';
export { NatsAuthChannel } from './nats-auth-channel.js';
export { AuthCallout, type AuthCalloutOptions } from './nats-login/auth-callout.js';
export { loginName } from './nats-login/login-name.js';
export type { LoginGrant } from './nats-login/login-tokens.js';
export { AccountKey } from './nats-login/nkey.js';
export { PublisherConnections } from './nats-login/publisher-connections.js';
export { AccessModule, type AccessModuleOptions } from './nest/access.module.js';
export { Caller, principalOf } from './nest/caller.js';
export { originOf } from './nest/origin-of.js';
export { RequireScope } from './nest/require-scope.js';
export { ScopeGuard } from './nest/scope.guard.js';
export { ANY_STREAM, allows, type Principal, requireAllowed, SCOPES, type Scope } from './principal.js';
export { type KeyRecord, principalOfKey } from './store/key-record.js';
export { KeyStore, type StoreOptions } from './store/key-store.js';
export type { RootKeys } from './store/root-keys.js';
export { type TicketKey, TicketKeyStore } from './store/ticket-key-store.js';
export {
  DEFAULT_WORKSPACE,
  newWorkspaceId,
  type Workspace,
  WorkspaceStore,
} from './store/workspace-store.js';
export * from './subjects.js';
export type { PublicKey } from './tickets/public-key.js';
export {
  type CryptoKeyOfTickets,
  TICKET_ALGORITHM,
  type TicketClaims,
  type TicketTimes,
  writeTicket,
} from './tickets/ticket-claims.js';
export { isTicket, MAX_TICKET_LENGTH } from './tickets/ticket-form.js';
