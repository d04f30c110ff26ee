import fc from 'fast-check';

// One seed for every run, so that a failure is met by whoever made it; EDMESH_TEST_SEED=random looks for new ones.
const wanted = process.env.EDMESH_TEST_SEED ?? '20260';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
