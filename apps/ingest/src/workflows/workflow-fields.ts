import { z } from 'zod';
import { nameField, visibilityField } from '../streams/stream-fields.js';

export const newWorkflow = z.strictObject({ name: nameField, visibility: visibilityField.optional() });

/** What is left out stays as it is. */
export const workflowChange = newWorkflow.partial();
