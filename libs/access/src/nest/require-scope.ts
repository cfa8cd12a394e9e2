import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Scope } from '../principal.js';
import { REQUIRED_SCOPES, ScopeGuard } from './scope.guard.js';

/**
 * Lets only callers in whose credential has one of these scopes; on a method it wins over the class. Which streams the
 * credential is for is not looked at: the handler does that with `requireAllowed`.
 */
export function RequireScope(...scopes: readonly [Scope, ...Scope[]]): ClassDecorator & MethodDecorator {
  return applyDecorators(SetMetadata(REQUIRED_SCOPES, scopes), UseGuards(ScopeGuard), ApiBearerAuth());
}
