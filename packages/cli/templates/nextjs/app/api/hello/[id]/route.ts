import { answerRefusal } from '../../../../src/answer-refusal.ts';
import { cloudtask } from '../../../../src/cloudtask.ts';

export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  try {
    const { status, result, error } = await cloudtask().jobs.get((await params).id);
    return Response.json({ status, result, error: error?.message ?? null });
  } catch (error) {
    return answerRefusal(error);
  }
}
