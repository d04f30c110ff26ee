/** Stands for `@tensorflow/tfjs-node-gpu` that was installed with --ignore-scripts: throws what the package throws then. */
throw new Error(
  'The Node.js native addon module (tfjs_binding.node) can not be found at path: /there/tfjs_binding.node.\n' +
    'Please run npm rebuild.',
);
