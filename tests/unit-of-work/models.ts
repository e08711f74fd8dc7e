/** The models of the tests of units of work: rows that refer to others, to their own table, and to each other. */
import { belongsTo, hasMany, id, integer, Model, table, text, updatedAt, version, type Generated } from 'litemodel';

@table('owners')
export class Owner extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ nullable: true }) favoriteId!: number | null;
  @belongsTo(() => Pet, 'favoriteId', { nullable: true }) favorite!: Pet | null;
  @hasMany(() => Pet, 'ownerId') pets!: Pet[];
}

@table('pets')
export class Pet extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer() ownerId!: number;
  @integer({ nullable: true }) motherId!: number | null;
  @integer({ default: 0 }) age!: Generated<number>;
  @updatedAt() updatedAt!: Generated<Date>;
  @version() version!: Generated<number>;
  @belongsTo(() => Owner, 'ownerId') owner!: Owner;
  @belongsTo(() => Pet, 'motherId', { nullable: true }) mother!: Pet | null;
}

export const models = [Owner, Pet];
