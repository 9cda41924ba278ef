import { expect, test } from 'vitest'
import { Slots } from './slots.ts'

/** A job or piece of work that runs until it is told to end. */
function pending(): { done: Promise<void>; end: () => void } {
  let end = (): void => {}
  const done = new Promise<void>(resolve => (end = resolve))
  return { done, end }
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise<void>(resolve => setImmediate(resolve))
}

test('jobs and own work share the slots; own work goes first and one piece at a time', async () => {
  const slots = new Slots(2)
  const running: string[] = []
  const ends = new Map<string, () => void>()
  const enter = (name: string): Promise<void> => {
    running.push(name)
    const { done, end } = pending()
    ends.set(name, () => {
      running.splice(running.indexOf(name), 1)
      end()
    })
    return done
  }
  const job = async (name: string): Promise<void> => {
    const release = await slots.acquire(name)
    await enter(name)
    release()
  }
  for (const name of ['a', 'b', 'c']) slots.follow(job(name))
  await turns()
  expect(running).toEqual(['a', 'b'])
  slots.follow(slots.work(() => enter('own 1')))
  slots.follow(slots.work(() => enter('own 2')))
  await turns()
  expect(running).toEqual(['a', 'b'])

  ends.get('a')!()
  await turns()
  expect(running).toEqual(['b', 'own 1']) // before the job that has waited longer
  ends.get('b')!()
  await turns()
  expect(running).toEqual(['own 1', 'c']) // a slot is free, but this thread is not
  ends.get('own 1')!()
  await turns()
  expect(running).toEqual(['c', 'own 2'])
  for (const name of ['c', 'own 2']) ends.get(name)!()
  await slots.settled()
})

test('a job whose method has none running goes before one that would need a second process', async () => {
  const slots = new Slots(2)
  const started: string[] = []
  const [nlm, fbp] = ['nlm', 'fbp', 'nlm', 'gaussian'].map(async method => {
    const release = await slots.acquire(method)
    started.push(method)
    return release
  })
  await turns()
  expect(started).toEqual(['nlm', 'fbp'])
  const endFbp = await fbp!
  endFbp()
  await turns()
  expect(started).toEqual(['nlm', 'fbp', 'gaussian'])
  const endNlm = await nlm!
  endNlm()
  await turns()
  expect(started).toEqual(['nlm', 'fbp', 'gaussian', 'nlm'])
})

test('what fails stops the jobs that wait; those that run end and are scored', async () => {
  const slots = new Slots(1)
  const log: string[] = []
  const job = async (name: string, error?: string): Promise<void> => {
    const release = await slots.acquire(name)
    log.push(`${name} runs`)
    const scored = slots.work(() => {
      if (error) throw new Error(error)
      log.push(`${name} is scored`)
    })
    release()
    await scored
  }
  slots.follow(job('a', 'disk full'))
  slots.follow(job('b'))
  slots.follow(job('c'))
  await expect(slots.settled()).rejects.toThrow('disk full')
  expect(log).toEqual(['a runs', 'b runs', 'b is scored'])
  expect(() => slots.rethrow()).toThrow('disk full')
})

test('work that throws hands its slot back', async () => {
  const slots = new Slots(1)
  await expect(slots.work(() => Promise.reject(new Error('cannot be simulated')))).rejects.toThrow('cannot be simulated')
  expect(await slots.work(() => 7)).toBe(7)
  const release = await slots.acquire('a')
  release()
})
