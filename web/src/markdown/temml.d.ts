declare module 'temml' {
  export interface MathsNode {
    attributes?: Record<string, string>;
    style?: Record<string, string>;
    children?: MathsNode[];
    toNode(): Node;
  }
  export interface Options {
    displayMode?: boolean;
    annotate?: boolean;
    throwOnError?: boolean;
    trust?: boolean;
    maxExpand?: number;
    maxSize?: [number, number];
  }
  const temml: { __renderToMathMLTree(tex: string, options?: Options): MathsNode };
  export default temml;
}
