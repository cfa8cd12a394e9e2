import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine, openFilesLimit } from './machine.js';
import { topFunctions } from './measure/cpu-profile.js';
import { descendants } from './measure/process-cost.js';
import { parseOptions, USAGE } from './options.js';
import { renderReport } from './report/markdown.js';
import { type Results, readResults, type Section, withSection, writeInto } from './results.js';
import { SCENARIOS } from './scenarios/all-scenarios.js';
import type { Scenario } from './scenarios/scenario.js';
import { missingServers } from './servers/all-servers.js';
import { installPeers } from './servers/debian.js';
import { GatewayProfiles } from './servers/gateway-profiles.js';

/** Sockets of the largest scenario in one process, and some for everything else. */
const FILES_NEEDED = 10_500;
const TOP_FUNCTIONS = 25;

const options = parseOptions(process.argv.slice(2));
if (options.help) {
  console.log(USAGE);
  for (const { name, about } of SCENARIOS) console.log(`  ${name.padEnd(18)} ${about}`);
} else {
  process.once('SIGINT', endWithChildren);
  process.once('SIGTERM', endWithChildren);
  process.once('uncaughtException', (error) => {
    console.error(error);
    endWithChildren();
  });
  await runAll(chosen());
}

function chosen(): readonly Scenario[] {
  const { only } = options;
  const unknown = only?.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(`There is no scenario ${unknown.join(', ')}: see --help.`);
  }
  return SCENARIOS.filter(({ name }) => only?.includes(name) ?? true);
}

/** Whoever is stopped leaves no server behind. */
function endWithChildren(): void {
  for (const pid of descendants(process.pid)) process.kill(pid, 'SIGTERM');
  process.exit(130);
}

async function runAll(scenarios: readonly Scenario[]): Promise<void> {
  if (openFilesLimit() < FILES_NEEDED) {
    throw new Error(
      `A process may open ${openFilesLimit()} files here; ${FILES_NEEDED} are needed: ulimit -n.`,
    );
  }
  if (options.install) installPeers();
  const directory = options.out ?? fileURLToPath(new URL('../results', import.meta.url));
  if (options.profile) GatewayProfiles.current = GatewayProfiles.open(join(directory, 'profiles'));
  const date = new Date().toISOString().slice(0, 10);
  let results: Results = { sections: [], ...readResults(directory, date), date, machine: describeMachine() };
  sayHowLong(scenarios);
  for (const scenario of scenarios) {
    results = withSection(results, await runOne(scenario));
    // After each, so that what was measured is there even if the next one takes the machine down.
    await writeInto(directory, `${date}.json`, `${JSON.stringify(results, null, 2)}\n`);
    const report = renderReport(results, SCENARIOS);
    for (const [name, svg] of report.pictures) await writeInto(directory, name, svg);
    console.log(await writeInto(directory, `${date}.md`, report.markdown));
  }
  GatewayProfiles.current?.close();
}

/** What is left to wait for, so that whoever started it can do something else meanwhile. */
function sayHowLong(scenarios: readonly Scenario[]): void {
  const minutes = scenarios.reduce((sum, each) => sum + each.minutes[options.quick ? 'quick' : 'full'], 0);
  const end = new Date(Date.now() + minutes * 60_000).toTimeString().slice(0, 5);
  console.log(`This takes about ${Math.ceil(minutes)} minutes on two quiet cores, until ${end}.`);
}

async function runOne(scenario: Scenario): Promise<Section> {
  console.log(`== ${scenario.name}: ${scenario.about}`);
  const notes = missingServers(options.servers);
  const section = {
    scenario: scenario.name,
    startedAt: new Date().toISOString(),
    quick: options.quick,
  };
  try {
    const say = (line: string) => console.log(`   ${line}`);
    const failed = (server: string, error: unknown) => {
      say(`${server} failed and is left out: ${error}`);
      notes.push(`${server} failed and was left out: ${error}.`);
      // A peer that cannot do it is a finding; Runnel that cannot is a fault.
      if (server.startsWith('runnel')) process.exitCode = 1;
    };
    const measurements = await scenario.run({ ...options, say, failed });
    const profiles = GatewayProfiles.current?.take(scenario.name) ?? [];
    const found = profiles.length > 0 && { topFunctions: topFunctions(profiles, TOP_FUNCTIONS) };
    return { ...section, measurements, notes, ...found };
  } catch (error) {
    process.exitCode = 1;
    console.error(error);
    return { ...section, measurements: [], notes: [...notes, `The run failed: ${String(error)}`] };
  }
}
