import { columnAlignment, type SoAType } from '../../edm/index.ts';

/** A column of an SoA product: where it starts in the buffer, and how many bytes a row takes. */
export interface ColumnPlace {
  readonly name: string;
  readonly byteOffset: number;
  readonly rowBytes: number;
}

/** Where the columns of a product of `size` rows are in its buffer. */
export function columnPlaces({ columns }: SoAType, size: number): ColumnPlace[] {
  let end = 0;
  return Object.entries(columns).map(([name, type]) => {
    const rowBytes = Number(/\d+$/.exec(type)?.[0]) / 8;
    const byteOffset = end;
    end += Math.ceil((rowBytes * size) / columnAlignment) * columnAlignment;
    return { name, byteOffset, rowBytes };
  });
}
