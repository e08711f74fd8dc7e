import { it, expect } from 'vitest';
import * as L from 'litemodel';
import { Model, table, id, text, integer, validate, rules, embedded, subtype, computed, sql } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { Post, Tag, Group } from '/work/wt-robust/tests/relations/tags.js';
const [aV, aE, aC, aS] = [validate, embedded, computed, subtype] as any[];
@table('plain') class Plain extends Model { @id() id!: any; @text() name!: string }
it('x', () => {
  const db = open(':memory:', { models: [Post, Tag, Group, Plain] });
  const t = (name: string, f: () => any) => { try { const r = f(); console.log(name, '->', typeof r === 'object' ? r?.constructor?.name : r); } catch (e: any) { console.log(name, '!!', e?.constructor?.name, e.message); } };
  const A = (x: any) => x as any;
  db.unitOfWork((work) => {
    for (const m of [null, undefined, {}, 'User', class {}, 5]) {
      t(`find ${String(m)}`, () => work.find(A(m), 1));
      t(`query ${String(m)}`, () => work.query(A(m)));
      t(`create ${String(m)}`, () => work.create(A(m), {}));
      t(`add ${String(m)}`, () => work.add(A(m)));
      t(`delete ${String(m)}`, () => work.delete(A(m)));
    }
    t('find key undefined', () => work.find(Plain, A(undefined)));
    t('create null', () => work.create(Plain, A(null)));
  });
  for (const x of [null, undefined, 5, {}, 'x']) { t(`uow ${String(x)}`, () => db.unitOfWork(A(x))); t(`tx ${String(x)}`, () => db.transaction(A(x))); }
  const post = Post.create({ title: 'x' }); const plain = Plain.create({ name: 'x' });
  for (const x of [null, undefined, {}, [], [null], 5, 'x', Symbol('x'), plain, () => 1, true]) { t(`attach ${String(typeof x === 'object' ? JSON.stringify(x) : String(x))}`, () => post.related('tags').attach(A(x))); }
  for (const v of ['detach','sync','toggle']) for (const x of [{}, null, [[]]]) t(`${v} ${JSON.stringify(x)}`, () => A(post.related('tags'))[v](x));
  for (const x of ['nope', 'name', null, undefined, 5, {}, '', 'a.b']) { t(`plain.load ${String(x)}`, () => A(plain).load(x)); t(`post.load ${String(x)}`, () => A(post).load(x)); t(`plain.related ${String(x)}`, () => A(plain).related(x)); t(`Plain.with ${String(x)}`, () => A(Plain).with(x)); t(`Post.withCount ${String(x)}`, () => A(Post.query()).withCount(x));}
  const R = A(rules);
  const argss: [string, any[]][] = [['length',[-1]],['length',['3']],['length',[]],['length',[1.5]],['minLength',[NaN]],['maxLength',[-1]],['minLength',[]],['min',[]],['min',['a']],['min',[NaN]],['min',[new Date(NaN)]],['max',[null]],['range',['a']],['between',['a']],['between',[5,1]],['between',[1]],['between',[1,new Date()]],['oneOf',[]],['oneOf',[[]]],['oneOf',['ab']],['pattern',['x']],['pattern',[]],['email',['x']],['required',['x']],['required',[null]],['url',[{protocols:'http'}]],['url',[{protocols:[]}]],['url',[null]],['ip',[{version:5}]],['unique',[5]],['unique',[{among:'x'}]],['email',[{message:5}]], ['email',[{mesage:'x'}]]];
  for (const [n, a] of argss) t(`rules.${n}(${a.map(String)})`, () => R[n](...a));
  t('rule()', () => A(L).rule()); t('rule name only', () => A(L).rule('x')); t('rule no message', () => A(L).rule('x', () => true)); t('rule msg 5', () => A(L).rule(5, () => true, 'x'));
  t('validate()', () => { class X { @aV() a!: string } }); t('validate(5)', () => { @table('x') class X extends Model { @id() id!: any; @aV(5) @text() a!: string } });
  for (const x of [undefined, null, 5, '', {}, 'a\0b']) { t(`subtype ${String(x)}`, () => { @table('veh'+Math.random().toString().slice(2), { discriminator: 'kind' }) abstract class V extends Model { @id() id!: any } @subtype(A(x)) class C extends V {} ; (C as any).query().toSQL(); return 'ok'; });
   t(`discriminator ${String(x)}`, () => { @table('veh'+Math.random().toString().slice(2), { discriminator: A(x) }) abstract class V extends Model { @id() id!: any } @subtype('c') class C extends V {}; (C as any).query().toSQL(); return 'ok' });
   t(`embedded ${String(x)}`, () => { @table('emb') class V extends Model { @id() id!: any; @aE(x) a!: any } return 'ok' });
   t(`embedded thunk ${String(x)}`, () => { @table('emb') class V extends Model { @id() id!: any; @aE(() => x) a!: any } return 'ok' });
   t(`embedded options ${String(x)}`, () => { class A2 { @text() city!: string } @table('emb') class V extends Model { @id() id!: any; @aE(() => A2, x) a!: any } return (V as any).query().toSQL().sql });
   t(`embedded prefix ${String(x)}`, () => { class A2 { @text() city!: string } @table('emb') class V extends Model { @id() id!: any; @aE(() => A2, {prefix: x}) a!: any } return (V as any).query().toSQL().sql });
   t(`embedded nullable ${String(x)}`, () => { class A2 { @text() city!: string } @table('emb') class V extends Model { @id() id!: any; @aE(() => A2, {nullable: x}) a!: any } return (V as any).query().toSQL().sql });
   t(`computed ${String(x)}`, () => { @table('emb') class V extends Model { @id() id!: any; @aC(x) a!: any } return (V as any).query().toSQL().sql });
  }
  t('subtype()', () => { @aS() class C extends Model {} });
});
