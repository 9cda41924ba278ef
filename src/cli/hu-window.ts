// `--window -600,1500`: level and width, as radiologists name a window.

import type { HuWindow } from '../ct/case.ts'
import { UserError } from '../ct/user-error.ts'

/** "level,width" in HU → its ends. @throws UserError when it is not two numbers with a width above 0. */
export function parseWindow(text: string): HuWindow {
  const [level, width, ...more] = text.split(',').map(item => (item.trim() === '' ? NaN : Number(item)))
  if (level === undefined || width === undefined || more.length > 0 || !Number.isFinite(level) || !Number.isFinite(width))
    throw new UserError(`--window ${text || '""'} is not a level and a width in HU. Write two numbers with a comma: --window -600,1500.`)
  if (width <= 0) throw new UserError(`--window ${text}: a width of ${width} HU shows nothing. It is above 0: --window -600,1500.`)
  return { lowHu: level - width / 2, highHu: level + width / 2 }
}
