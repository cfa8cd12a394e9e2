import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../principal.js';

/** Beside the request and not on it, where nothing else can write it and no log prints it. */
const principals = new WeakMap<object, Principal>();

export function setPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
}

/** Who sent this request, once the guard has let it in. */
export function principalOf(request: object): Principal | undefined {
  return principals.get(request);
}

/** The caller, as a parameter of a handler under `@RequireScope`. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const principal = principalOf(context.switchToHttp().getRequest<object>());
  if (principal === undefined) throw new Error('@Caller() needs @RequireScope() on the handler.');
  return principal;
});
