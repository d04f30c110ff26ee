import { columnAlignment, type SoAType } from '../../edm/index.ts';

/** A column of an SoA product: where it starts in the buffer, and how many bytes a row takes. */
export interface ColumnPlace {
  readonly name: string;
  readonly byteOffset: number;
  readonly rowBytes: number;
}

type Width = Pick<ColumnPlace, 'name' | 'rowBytes'>;

const widths = new WeakMap<SoAType['columns'], readonly Width[]>();

/** The columns of a type and how wide they are. */
function widthsOf({ columns }: SoAType): readonly Width[] {
  let known = widths.get(columns);
  if (known === undefined) {
    known = Object.entries(columns).map(([name, type]) => ({
      name,
      rowBytes: Number(/\d+$/.exec(type)?.[0]) / 8,
    }));
    widths.set(columns, known);
  }
  return known;
}

/** Where the columns of a product of `size` rows are in its buffer. */
export function columnPlaces(type: SoAType, size: number): ColumnPlace[] {
  let end = 0;
  return widthsOf(type).map(({ name, rowBytes }) => {
    const byteOffset = end;
    end += Math.ceil((rowBytes * size) / columnAlignment) * columnAlignment;
    return { name, byteOffset, rowBytes };
  });
}
