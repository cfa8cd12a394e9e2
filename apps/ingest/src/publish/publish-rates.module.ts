import { Module } from '@nestjs/common';
import { PublishRates } from './publish-rates.js';

/** For every way in which events come in. */
@Module({ providers: [PublishRates], exports: [PublishRates] })
export class PublishRatesModule {}
