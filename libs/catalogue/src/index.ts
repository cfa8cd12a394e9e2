export { Catalogue, type EntryChange, type NewEntry } from './catalogue.js';
export type { CatalogueOptions } from './catalogue-options.js';
export { AllSources, type AllSourcesOptions, type SourceListener } from './directory/all-sources.js';
export { type DirectoryOptions, StreamDirectory } from './directory/stream-directory.js';
export type { StreamEntry } from './stream-entry.js';
