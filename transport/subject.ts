import { EdmeshError } from '../edm/index.ts';

/** What connects two endpoints of a job: who sends, who receives, and which pair of modules. */
export interface LinkSubject {
  readonly job: string;
  /** The endpoint that sends. */
  readonly from: string;
  /** The endpoint that receives. */
  readonly to: string;
  /** 0: transitions and control; 1 to 65535: the products of that pair of sender and receiver. */
  readonly instance: number;
}

/** The largest instance of a sender and its receiver. */
const largestInstance = 0xffff;

const root = 'edm';
const token = /^[A-Za-z0-9_-]{1,64}$/;
const decimal = /^(?:0|[1-9][0-9]{0,4})$/;

/** What is wrong with the name of a job, process or endpoint, or `undefined`. */
export function tokenProblem(name: string): string | undefined {
  return token.test(name) ? undefined : `'${name}' is not 1 to 64 letters, digits, '_' and '-'`;
}

/** The endpoint of a lane of a process: `LOCAL` where the process has one lane, else `LOCAL-0`, `LOCAL-1`. */
export function endpointName(process: string, lane: number, lanes: number): string {
  return checked('endpoint', nameOf(process, lane, lanes));
}

/** Whether what somebody says of an endpoint agrees with its name. */
export function isEndpoint(name: string, process: string, lane: number, lanes: number): boolean {
  return lane < lanes && name === nameOf(process, lane, lanes) && token.test(name);
}

/**
 * The subject of a link: `edm.<job>.<from>.<to>.<instance>`. This and the functions below throw `EDMESH_CONFIGURATION`
 * for a name that cannot stand in a subject.
 */
export function linkSubject(job: string, from: string, to: string, instance: number): string {
  if (!Number.isInteger(instance) || instance < 0 || instance > largestInstance) {
    throw refused(`instance ${String(instance)} is not an integer from 0 to 65535`);
  }
  const names = [checked('job', job), checked('endpoint', from), checked('endpoint', to)];
  return [root, ...names, String(instance)].join('.');
}

/** A pattern for all that is sent to an endpoint: `edm.<job>.*.<to>.*`. */
export function linksTo(job: string, to: string): string {
  return `${root}.${checked('job', job)}.*.${checked('endpoint', to)}.*`;
}

/** A pattern for all links of a job: `edm.<job>.*.*.*`. */
export function linksOf(job: string): string {
  return `${root}.${checked('job', job)}.*.*.*`;
}

/** Where endpoints of a job say that they are there: `edm.<job>.hello`. */
export function helloSubject(job: string): string {
  return `${root}.${checked('job', job)}.hello`;
}

/** Where an endpoint says that it is alive: `edm.<job>.hb.<endpoint>`. */
export function heartbeatSubject(job: string, endpoint: string): string {
  return `${root}.${checked('job', job)}.hb.${checked('endpoint', endpoint)}`;
}

/** The parts of the subject of a link, or `undefined` for any other subject. */
export function parseLinkSubject(subject: string): LinkSubject | undefined {
  const [first, job = '', from = '', to = '', number = '', ...rest] = subject.split('.');
  if (first !== root || rest.length > 0 || !decimal.test(number)) return undefined;
  const instance = Number(number);
  const named = token.test(job) && token.test(from) && token.test(to);
  return named && instance <= largestInstance ? { job, from, to, instance } : undefined;
}

function nameOf(process: string, lane: number, lanes: number): string {
  return lanes === 1 ? process : `${process}-${String(lane)}`;
}

function checked(what: string, name: string): string {
  const problem = tokenProblem(name);
  if (problem !== undefined) throw refused(`${what} ${problem}`);
  return name;
}

function refused(problem: string): EdmeshError {
  return new EdmeshError('EDMESH_CONFIGURATION', problem, { fields: { problems: [problem] } });
}
