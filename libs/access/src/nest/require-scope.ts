import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Scope } from '../principal.js';
import { REQUIRED_SCOPE, ScopeGuard } from './scope.guard.js';

/**
 * Lets only callers in whose credential has this scope; on a method it wins over the class. Which streams the
 * credential is for is not looked at: the handler does that with `requireAllowed`.
 */
export function RequireScope(scope: Scope): ClassDecorator & MethodDecorator {
  return applyDecorators(SetMetadata(REQUIRED_SCOPE, scope), UseGuards(ScopeGuard), ApiBearerAuth());
}
