export { mutated, randomFrom } from './mutated-bytes.ts';
