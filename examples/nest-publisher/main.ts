import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Prices } from './prices.service.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
const prices = app.get(Prices);

prices.announce({ symbol: 'GBP', price: 1.27 });
console.log(JSON.stringify(await prices.publish({ symbol: 'EUR', price: 1.07 }, process.argv[2])));

await app.close();
