export { Bucket, type BucketOptions, type Kept, type Update, type Updates } from './bucket.js';
