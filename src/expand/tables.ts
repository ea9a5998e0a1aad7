import { mainTable } from '../resources/route/route.ts'

// The three that the kernel itself knows (include/uapi/linux/rtnetlink.h, RT_TABLE_*).
const names: Readonly<Record<string, number>> = { default: 253, main: mainTable, local: 255 }

/** The number of a routing table given by number or by one of the kernel's names. */
export const tableNumber = (table: string | number | undefined): number =>
  typeof table === 'number' ? table : (names[table ?? 'main'] ?? mainTable)
