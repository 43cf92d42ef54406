// Immediate dominators: node A dominates B when every way from the root to B leads through A.

/**
 * The method of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm", 2001): go over the nodes in reverse
 * postorder and intersect the dominators of each one's predecessors, until nothing changes. One round and a check for
 * graphs without circles, as closures are.
 *
 * @param successors node -> where its edges lead; node 0 is the root
 * @returns node -> its immediate dominator; the root's is itself, that of a node nobody reaches is -1
 */
export function immediateDominators(successors: readonly (readonly number[])[]): Int32Array {
  const order = reversePostorder(successors);
  const position = new Int32Array(successors.length).fill(-1);
  for (const [index, node] of order.entries()) position[node] = index;
  const predecessors: number[][] = successors.map(() => []);
  for (const node of order) for (const next of successors[node] ?? []) predecessors[next]?.push(node);

  const dominators = new Int32Array(successors.length).fill(-1);
  dominators[0] = 0;
  const meet = (first: number, second: number): number => {
    let [a, b] = [first, second];
    while (a !== b) {
      if (at(position, a) > at(position, b)) a = at(dominators, a);
      else b = at(dominators, b);
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order) {
      if (node === 0) continue;
      let found = -1;
      for (const before of predecessors[node] ?? []) {
        if (at(dominators, before) < 0) continue;
        found = found < 0 ? before : meet(before, found);
      }
      if (dominators[node] === found) continue;
      dominators[node] = found;
      changed = true;
    }
  }
  return dominators;
}

/** Reachable nodes, each before those it leads to where there is no circle. Without recursion: chains may be long. */
function reversePostorder(successors: readonly (readonly number[])[]): readonly number[] {
  const seen = new Uint8Array(successors.length);
  const postorder: number[] = [];
  const stack: { readonly node: number; next: number }[] = [{ node: 0, next: 0 }];
  seen[0] = 1;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = successors[top.node]?.[top.next++];
    if (child === undefined) {
      postorder.push(top.node);
      stack.pop();
    } else if (seen[child] === 0) {
      seen[child] = 1;
      stack.push({ node: child, next: 0 });
    }
  }
  return postorder.reverse();
}

function at(array: Int32Array, index: number): number {
  return array[index] ?? -1;
}
